//! What the journal holds, read back and checked link by link.

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::link::Link;
use super::{JournalError, Seq};

/// Runs named in an ambiguity, at most.
const NAMED: usize = 5;

/// The journal, for reading. Every answer about a target rests on its whole chain.
#[derive(Debug)]
pub struct JournalReader {
    connection: Connection,
}

/// One event, as first written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    pub seq: Seq,
    pub run: String,
    /// For people; order is by `seq`.
    pub at_unix_ms: i64,
    pub bytes: Vec<u8>,
}

/// One run's events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRun {
    pub target: String,
    pub run: String,
    pub rows: Vec<StoredEvent>,
}

/// One run of a target, without its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRunSummary {
    pub run: String,
    pub first: Seq,
    pub last: Seq,
    /// When its first event was written.
    pub began_unix_ms: i64,
    pub events: usize,
}

impl JournalReader {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection }
    }

    pub(super) fn connection_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Every target with an event, by name.
    pub fn targets(&self) -> Result<Vec<String>, JournalError> {
        let mut select = self
            .connection
            .prepare_cached("SELECT target FROM head ORDER BY target")?;
        let targets = select.query_map([], |row| row.get(0))?;
        Ok(targets.collect::<Result<_, _>>()?)
    }

    /// Every event of a target, oldest first; none of an unknown target.
    pub fn read(&self, target: &str) -> Result<Vec<StoredEvent>, JournalError> {
        let mut rows = Vec::new();
        self.walk(target, |row| rows.push(row))?;
        Ok(rows)
    }

    /// The target's last event, by itself. None: it has no event.
    pub fn last(&self, target: &str) -> Result<Option<Seq>, JournalError> {
        let moment = self.connection.unchecked_transaction()?;
        Ok(head(&moment, target)?.map(|(seq, _)| seq))
    }

    /// The runs of a target, oldest first.
    pub fn runs(&self, target: &str) -> Result<Vec<StoredRunSummary>, JournalError> {
        let mut runs: Vec<StoredRunSummary> = Vec::new();
        self.walk(target, |row| {
            // What is delivered late belongs to a run that is no longer the last one.
            match runs.iter_mut().rev().find(|known| known.run == row.run) {
                Some(known) => {
                    known.last = row.seq;
                    known.events += 1;
                }
                None => runs.push(StoredRunSummary {
                    run: row.run,
                    first: row.seq,
                    last: row.seq,
                    began_unix_ms: row.at_unix_ms,
                    events: 1,
                }),
            }
        })?;
        Ok(runs)
    }

    /// The events of the one run whose id begins with `prefix`, of whatever target.
    ///
    /// A target whose chain is broken does not hide the runs of the others.
    pub fn read_run(&self, prefix: &str) -> Result<StoredRun, JournalError> {
        let mut found: Vec<StoredRun> = Vec::new();
        let mut broken = None;
        for target in self.targets()? {
            let mut here: Vec<StoredRun> = Vec::new();
            let walked = self.walk(&target, |row| {
                if !row.run.starts_with(prefix) {
                    return;
                }
                match here.iter_mut().rev().find(|known| known.run == row.run) {
                    Some(known) => known.rows.push(row),
                    None => here.push(StoredRun {
                        target: target.clone(),
                        run: row.run.clone(),
                        rows: vec![row],
                    }),
                }
            });
            match walked {
                Ok(()) => found.append(&mut here),
                Err(problem @ JournalError::Broken { .. }) => broken = Some(problem),
                Err(problem) => return Err(problem),
            }
        }
        if let Some(exact) = found.iter().position(|known| known.run == prefix) {
            return Ok(found.swap_remove(exact));
        }
        match (found.pop(), broken) {
            (Some(only), _) if found.is_empty() => Ok(only),
            (Some(last), _) => {
                found.push(last);
                let some = found.into_iter().take(NAMED).map(|known| known.run);
                Err(JournalError::ManyRuns {
                    prefix: prefix.to_owned(),
                    some: some.collect(),
                })
            }
            (None, Some(problem)) => Err(problem),
            (None, None) => Err(JournalError::NoRun {
                prefix: prefix.to_owned(),
            }),
        }
    }

    /// Hands out the target's events in order, while it checks the chain. What was handed out
    /// counts only if the walk ends well.
    fn walk(&self, target: &str, mut each: impl FnMut(StoredEvent)) -> Result<(), JournalError> {
        let broken = |seq, why| JournalError::Broken {
            target: target.to_owned(),
            seq,
            why,
        };
        // One transaction: the rows and their head are of the same moment.
        let moment = self.connection.unchecked_transaction()?;
        let mut end = None;
        {
            let mut select = moment.prepare_cached(
                "SELECT seq, run, at, bytes, hash FROM event WHERE target = ? ORDER BY seq",
            )?;
            let mut rows = select.query([target])?;
            let mut link = Link::FIRST;
            while let Some(row) = rows.next()? {
                let seq: Seq = row.get(0)?;
                let unreadable = |_| broken(seq, "a value is not of its kind");
                let run: String = row.get(1).map_err(unreadable)?;
                let at_unix_ms = row.get(2).map_err(unreadable)?;
                let bytes: Vec<u8> = row.get(3).map_err(unreadable)?;
                let written: Link = row.get(4).map_err(unreadable)?;
                link = link.next(seq, target, &run, at_unix_ms, &bytes);
                if link != written {
                    return Err(broken(
                        seq,
                        "it does not follow from what was written before it",
                    ));
                }
                end = Some((seq, link));
                each(StoredEvent {
                    seq,
                    run,
                    at_unix_ms,
                    bytes,
                });
            }
        }
        let head = head(&moment, target)?;
        if head != end {
            let seq = head.or(end).map_or(0, |(seq, _)| seq);
            return Err(broken(seq, "its end is not what was last written"));
        }
        Ok(())
    }
}

/// The target's last event, as noted apart when it was written.
pub(super) fn head(
    transaction: &Transaction<'_>,
    target: &str,
) -> Result<Option<(Seq, Link)>, JournalError> {
    let mut select = transaction.prepare_cached("SELECT seq, hash FROM head WHERE target = ?")?;
    let head = select.query_row([target], |row| Ok((row.get(0)?, row.get(1)?)));
    Ok(head.optional()?)
}

/// The target's last event, as it stands among the events.
pub(super) fn last(
    transaction: &Transaction<'_>,
    target: &str,
) -> Result<Option<(Seq, Link)>, JournalError> {
    let mut select = transaction
        .prepare_cached("SELECT seq, hash FROM event WHERE target = ? ORDER BY seq DESC LIMIT 1")?;
    let last = select.query_row([target], |row| Ok((row.get(0)?, row.get(1)?)));
    Ok(last.optional()?)
}
