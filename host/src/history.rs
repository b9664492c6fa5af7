//! A target's past: its runs, replayed from the journal.
//!
//! Owns nothing that is stored: releases, the last pins and whether something is unsettled are
//! read off the events each time.

use std::collections::BTreeMap;
use std::fmt;

use deployhost_engine::{Event, Illegal, Outcome, Pass, Release, Run};

/// One event as it was journaled.
#[derive(Debug, Clone)]
pub struct JournalEntry {
    pub at_unix_ms: u64,
    pub event: Event,
}

/// One run of the target.
#[derive(Debug, Clone)]
pub struct RunRecord {
    pub run: Run,
    pub entries: Vec<JournalEntry>,
}

impl RunRecord {
    /// `None`: no events.
    pub fn replay(entries: Vec<JournalEntry>) -> Result<Option<Self>, Illegal> {
        if entries.is_empty() {
            return Ok(None);
        }
        let run = Run::replay(entries.iter().map(|entry| &entry.event))?;
        Ok(Some(Self { run, entries }))
    }

    pub fn id(&self) -> &str {
        &self.run.spec().run
    }

    pub fn began_at(&self) -> u64 {
        self.entries.first().map_or(0, |entry| entry.at_unix_ms)
    }

    pub fn ended_at(&self) -> Option<u64> {
        self.entries
            .iter()
            .find(|entry| matches!(entry.event, Event::Ended { .. }))
            .map(|entry| entry.at_unix_ms)
    }
}

/// One row of the journal.
#[derive(Debug, Clone)]
pub struct JournalRow {
    pub run: String,
    pub at_unix_ms: u64,
    /// An event as JSON.
    pub bytes: Vec<u8>,
}

/// The journal holds what this program cannot read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryError {
    pub run: String,
    pub why: String,
}

impl fmt::Display for HistoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "run {} cannot be read back: {}", self.run, self.why)
    }
}

/// There is no one release to roll back to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRelease {
    #[error("there is nothing to roll back to")]
    Nothing,
    #[error("no run {0} made a release")]
    Unknown(String),
    #[error("several releases begin with {0}")]
    Ambiguous(String),
}

/// All runs of a target, oldest first.
#[derive(Debug, Clone, Default)]
pub struct History {
    pub runs: Vec<RunRecord>,
}

impl History {
    /// Replays rows in the order of the journal; runs are in the order in which they were opened.
    pub fn read(rows: impl IntoIterator<Item = JournalRow>) -> Result<Self, HistoryError> {
        let mut runs: Vec<(String, Vec<JournalEntry>)> = Vec::new();
        for JournalRow {
            run,
            at_unix_ms,
            bytes,
        } in rows
        {
            let event = serde_json::from_slice(&bytes).map_err(|error| HistoryError {
                run: run.clone(),
                why: error.to_string(),
            })?;
            let entry = JournalEntry { at_unix_ms, event };
            // A late notice belongs to a run that is no longer the last one.
            match runs.iter_mut().rev().find(|(known, _)| *known == run) {
                Some((_, entries)) => entries.push(entry),
                None => runs.push((run, vec![entry])),
            }
        }
        let mut history = Self::default();
        for (run, entries) in runs {
            let past = RunRecord::replay(entries).map_err(|illegal| HistoryError {
                run,
                why: illegal.to_string(),
            })?;
            history.runs.extend(past);
        }
        Ok(history)
    }

    /// The release that a rollback is to carry out: the one that a run made, or the one before.
    pub fn wanted(&self, to: Option<&str>) -> Result<Release, NoRelease> {
        let Some(to) = to else {
            let release = match self.stands_on_release() {
                true => self.before(),
                false => self.way_back(),
            };
            return release.ok_or(NoRelease::Nothing);
        };
        let named = self.runs.iter().filter(|past| past.id().starts_with(to));
        let mut made = named.filter_map(|past| past.run.release());
        match (made.next(), made.next()) {
            (Some(release), None) => Ok(release),
            (None, _) => Err(NoRelease::Unknown(to.to_owned())),
            (Some(_), Some(_)) => Err(NoRelease::Ambiguous(to.to_owned())),
        }
    }

    /// The run that nobody ended: its process was killed, or is still at it.
    pub fn open_run(&self) -> Option<&RunRecord> {
        self.runs
            .iter()
            .rev()
            .find(|past| past.run.ended().is_none())
    }

    /// The newest release.
    pub fn release(&self) -> Option<Release> {
        self.runs.iter().rev().find_map(|past| past.run.release())
    }

    /// What to go back to: the newest release, or what the target's first run found in place.
    pub fn way_back(&self) -> Option<Release> {
        self.release().or_else(|| self.found())
    }

    /// The release before the newest: where `rollback` leads.
    pub fn before(&self) -> Option<Release> {
        let mut releases = self.runs.iter().rev().filter_map(|past| past.run.release());
        let newest = releases.next()?;
        let same = |release: &Release| release.pins == newest.pins && release.plan == newest.plan;
        releases
            .find(|release| !same(release))
            .or_else(|| self.found())
    }

    /// Whether what is in place is the newest release, as far as the journal knows.
    fn stands_on_release(&self) -> bool {
        let told = [
            Outcome::Succeeded,
            Outcome::Unchanged,
            Outcome::RolledBack,
            Outcome::NeedsOperator,
            Outcome::Interrupted,
        ];
        let mut ended = self.runs.iter().rev().filter_map(|past| past.run.ended());
        let last = ended.find(|outcome| told.contains(outcome));
        !self.unsettled() && last != Some(Outcome::NeedsOperator)
    }

    /// Release 0. Only runs that planned everything know what they found, and only the first that
    /// changed something found it untouched.
    fn found(&self) -> Option<Release> {
        let first = self.runs.iter().find(|past| past.run.began_change())?;
        Some(Release::found(&first.run))
    }

    /// Each step's pin of its last receipt, whatever became of that run.
    pub fn last_pins(&self) -> BTreeMap<String, String> {
        let mut pins = BTreeMap::new();
        for entry in self.runs.iter().flat_map(|past| &past.entries) {
            if let Event::Applied { step, receipt, .. } = &entry.event
                && let Some(pin) = &receipt.pin
            {
                pins.insert(step.clone(), pin.clone());
            }
        }
        pins
    }

    /// A run was interrupted after a changing effect began, and none has settled that since.
    pub fn unsettled(&self) -> bool {
        let mut unsettled = false;
        for past in &self.runs {
            match past.run.ended() {
                Some(Outcome::Interrupted) | None => unsettled |= past.run.began_change(),
                Some(Outcome::Succeeded | Outcome::RolledBack | Outcome::NeedsOperator) => {
                    unsettled = false
                }
                Some(_) => {}
            }
        }
        unsettled
    }

    /// The newest commit that this target is known to run, as its step put it out.
    pub fn commit(&self) -> Option<String> {
        self.commit_before(self.runs.len())
    }

    /// The one that it was known to run before a run of its, by that one's place among the runs.
    pub fn commit_before(&self, run: usize) -> Option<String> {
        self.runs.iter().take(run).rev().find_map(|past| {
            let pass = match past.run.ended()? {
                Outcome::Succeeded | Outcome::Unchanged => Pass::Forward,
                Outcome::RolledBack => Pass::Back,
                _ => return None,
            };
            let outputs = past.run.outputs(pass);
            let found = outputs.into_iter().find(|(key, _)| key == "commit");
            found
                .map(|(_, json)| json)
                .or_else(|| past.run.release_for(pass)?.commit.clone())
        })
    }
}

#[cfg(test)]
mod tests;
