//! Reads the past: a target's runs, without being in the way of one that is under way.

use std::path::Path;

use super::refused;
use crate::command_error::{CommandError, Result};
use crate::history::{self, History};
use deployhost_adapters::journal::{Journal, JournalReader, Seq, StoredEvent};
use deployhost_adapters::state::{StateFolder, StateLocation};

/// A target's past, read beside whoever is writing it.
pub fn read_history(state: Option<&Path>, target: &str) -> Result<History> {
    let folder = find_state(state)?;
    folder.map_or_else(|| Ok(History::default()), |it| history_in(&it, target))
}

/// One run and its target, by the beginning of its id.
pub fn read_run(state: Option<&Path>, id: &str) -> Result<(String, history::RunRecord)> {
    let nothing = || {
        CommandError::refused("run.unknown", format!("no run begins with {id:?}"))
            .help("see deployhost history --plan FILE")
    };
    let journal = find_state(state)?.map(|it| open_journal(&it)).transpose()?;
    let rows = journal.flatten().ok_or_else(nothing)?.read_run(id);
    let rows = rows.map_err(refused)?;
    let mut runs = replay(rows.rows)?.runs;
    Ok((rows.target, runs.pop().ok_or_else(nothing)?))
}

/// Whether anything was ever run from this state folder.
pub fn has_run(state: Option<&Path>) -> Result<bool> {
    let journal = find_state(state)?.map(|it| open_journal(&it)).transpose()?;
    Ok(journal.flatten().is_some())
}

/// The same of a state folder that is open.
pub(super) fn history_in(state: &StateFolder, target: &str) -> Result<History> {
    Ok(HistoryUntil::read(state, target)?.history)
}

/// A target's past up to an event, by default before the first one.
#[derive(Default)]
pub(super) struct HistoryUntil {
    pub history: History,
    last: Option<Seq>,
}

impl HistoryUntil {
    /// Up to the newest event.
    pub fn read(state: &StateFolder, target: &str) -> Result<Self> {
        let Some(journal) = open_journal(state)? else {
            return Ok(Self::default());
        };
        let rows = journal.read(target).map_err(refused)?;
        Ok(Self {
            last: rows.last().map(|row| row.seq),
            history: replay(rows)?,
        })
    }

    /// With what has been written since.
    pub fn until_now(self, journal: &JournalReader, target: &str) -> Result<History> {
        if journal.last(target).map_err(refused)? == self.last {
            return Ok(self.history);
        }
        replay(journal.read(target).map_err(refused)?)
    }
}

/// All targets of a state folder.
pub(super) fn targets_in(state: &StateFolder) -> Result<Vec<String>> {
    match open_journal(state)? {
        Some(journal) => journal.targets().map_err(refused),
        None => Ok(Vec::new()),
    }
}

fn find_state(state: Option<&Path>) -> Result<Option<StateFolder>> {
    StateFolder::look(&StateLocation::choose(state).map_err(refused)?).map_err(refused)
}

fn open_journal(state: &StateFolder) -> Result<Option<JournalReader>> {
    Journal::open_read(state).map_err(refused)
}

fn replay(rows: Vec<StoredEvent>) -> Result<History> {
    let rows = rows.into_iter().map(|row| history::JournalRow {
        run: row.run,
        at_unix_ms: u64::try_from(row.at_unix_ms).unwrap_or(0),
        bytes: row.bytes,
    });
    History::read(rows).map_err(|unreadable| {
        CommandError::refused("journal.unreadable", unreadable.to_string())
            .help("use the version of deployhost that wrote it")
    })
}

#[cfg(test)]
mod tests;
