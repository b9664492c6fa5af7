//! Reads the past: a target's runs, without being in the way of one that is under way.

use std::path::Path;

use super::refused;
use crate::command_error::{CommandError, Result};
use crate::history::{self, History};
use deployhost_adapters::journal::{self, Journal, StoredEvent};
use deployhost_adapters::state::{StateFolder, StateLocation};

/// A target's past, read beside whoever is writing it.
pub fn read_history(state: Option<&Path>, target: &str) -> Result<History> {
    match journal(state)? {
        Some(journal) => replay(journal.read(target).map_err(refused)?),
        None => Ok(History::default()),
    }
}

/// One run and its target, by the beginning of its id.
pub fn read_run(state: Option<&Path>, id: &str) -> Result<(String, history::RunRecord)> {
    let nothing = || {
        CommandError::refused("run.unknown", format!("no run begins with {id:?}"))
            .help("see deployhost history --plan FILE")
    };
    let rows = journal(state)?
        .ok_or_else(nothing)?
        .read_run(id)
        .map_err(refused)?;
    let mut runs = replay(rows.rows)?.runs;
    Ok((rows.target, runs.pop().ok_or_else(nothing)?))
}

/// Whether anything was ever run from this state folder.
pub fn has_run(state: Option<&Path>) -> Result<bool> {
    journal(state).map(|journal| journal.is_some())
}

fn journal(state: Option<&Path>) -> Result<Option<journal::JournalReader>> {
    let place = StateLocation::choose(state).map_err(refused)?;
    match StateFolder::look(&place).map_err(refused)? {
        Some(folder) => Journal::open_read(&folder).map_err(refused),
        None => Ok(None),
    }
}

pub(super) fn replay(rows: Vec<StoredEvent>) -> Result<History> {
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
