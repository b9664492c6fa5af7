//! The journal: every event of every target, as first written, in the order of writing.
//!
//! Owns the SQLite file `journal.db` of the state folder: its shape, that an acknowledged event
//! survives `kill -9` and power loss, and that no event is changed unnoticed (SQLite itself does
//! not notice a flipped bit in a row; each row is therefore chained to the one before it of the
//! same target, and each target's last row is named apart, so that a lost end shows too). Does not
//! know what an event means: it gets bytes and gives the same bytes back.
//!
//! What it cannot notice by itself: a whole file put back from an old backup, or the end of the
//! write-ahead log lost together with everything after it; both are a journal as it once was.

mod database;
mod history;
mod link;
mod problem;

use rusqlite::{OptionalExtension, TransactionBehavior, params};

pub use history::{JournalReader, StoredEvent, StoredRun, StoredRunSummary};
pub use problem::{JournalCause, JournalError};

use super::state::StateFolder;
use deployhost_runtime::capability::clock::now_unix_ms;
use link::Link;

/// Place of an event in the journal, over all targets; grows, from 1.
pub type Seq = i64;

/// Largest event, in bytes.
pub const LARGEST: usize = 4 * 1024 * 1024;
/// Longest name of a target or a run, in bytes.
pub const NAME: usize = 256;
/// Most events of one `append`.
pub const BATCH: usize = 10_000;

/// The journal, for writing.
#[derive(Debug)]
pub struct Journal {
    history: JournalReader,
    /// A flush failed: what this process believes to be on the disk may not be.
    failed: bool,
}

impl Journal {
    /// The journal of the folder; made where no run was ever recorded, and never instead of one
    /// that is gone, damaged, another program's or a newer deployhost's.
    pub fn open(folder: &StateFolder) -> Result<Self, JournalError> {
        let history = JournalReader::new(database::open(folder)?);
        Ok(Self {
            history,
            failed: false,
        })
    }

    /// The journal of the folder for reading, while another process may write it; none where no
    /// run was ever recorded.
    pub fn open_read(folder: &StateFolder) -> Result<Option<JournalReader>, JournalError> {
        Ok(database::open_read(folder)?.map(JournalReader::new))
    }

    pub fn history(&self) -> &JournalReader {
        &self.history
    }

    /// Adds the events, all or none; durable when it returns. Gives the place of each.
    ///
    /// After a failed flush nothing more is written by this process: the kernel may have dropped
    /// the bytes, and a second try would answer that all is well. A full disk can be tried again
    /// by whoever made room.
    pub fn append(
        &mut self,
        target: &str,
        run: &str,
        events: &[Vec<u8>],
    ) -> Result<Vec<Seq>, JournalError> {
        if self.failed {
            return Err(JournalError::Stopped);
        }
        check(target, run, events)?;
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let result = self.commit(target, run, events);
        self.failed = matches!(result, Err(JournalError::Io { .. }));
        result
    }

    fn commit(
        &mut self,
        target: &str,
        run: &str,
        events: &[Vec<u8>],
    ) -> Result<Vec<Seq>, JournalError> {
        let at = i64::try_from(now_unix_ms()).unwrap_or(i64::MAX);
        // Immediate: no other writer comes between the reading of the last link and the writing.
        let transaction = self
            .history
            .connection_mut()
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let head = history::head(&transaction, target)?;
        let last = history::last(&transaction, target)?;
        if head != last {
            let seq = head.or(last).map_or(0, |(seq, _)| seq);
            return Err(JournalError::Broken {
                target: target.to_owned(),
                seq,
                why: "its end is not what was last written",
            });
        }
        let mut link = last.map_or(Link::FIRST, |(_, link)| link);
        let mut seq = transaction
            .query_row(
                "SELECT seq FROM event ORDER BY seq DESC LIMIT 1",
                [],
                |row| row.get::<_, Seq>(0),
            )
            .optional()?
            .unwrap_or(0);
        let mut places = Vec::with_capacity(events.len());
        {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO event (seq, target, run, at, bytes, hash) VALUES (?, ?, ?, ?, ?, ?)",
            )?;
            for bytes in events {
                seq = seq
                    .checked_add(1)
                    .ok_or_else(|| JournalError::damaged("its numbers are used up"))?;
                link = link.next(seq, target, run, at, bytes);
                insert.execute(params![seq, target, run, at, bytes, link.as_bytes()])?;
                places.push(seq);
            }
        }
        transaction
            .prepare_cached("INSERT OR REPLACE INTO head (target, seq, hash) VALUES (?, ?, ?)")?
            .execute(params![target, seq, link.as_bytes()])?;
        transaction.commit()?;
        Ok(places)
    }
}

fn check(target: &str, run: &str, events: &[Vec<u8>]) -> Result<(), JournalError> {
    let named = |name: &str| !name.is_empty() && name.len() <= NAME;
    if !named(target) || !named(run) {
        return Err(JournalError::TooLarge {
            what: "the name of a target or a run",
            most: NAME,
        });
    }
    if events.len() > BATCH {
        return Err(JournalError::TooLarge {
            what: "the number of events written at once",
            most: BATCH,
        });
    }
    if events.iter().any(|bytes| bytes.len() > LARGEST) {
        return Err(JournalError::TooLarge {
            what: "an event",
            most: LARGEST,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
