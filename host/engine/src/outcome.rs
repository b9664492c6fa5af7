//! How a run ends, how sure it is of that, and what went wrong.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How a run ended. Exit codes are the host's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every step is done, and something changed.
    Succeeded,
    /// Every step is done, and nothing had to change.
    Unchanged,
    /// It could not be carried out; nothing changed.
    Refused,
    /// A step failed, or the run was stopped, before any changing effect began.
    Failed,
    /// A step failed after something changed; the release before is back.
    RolledBack,
    /// Changed and not restored, or not provably so.
    NeedsOperator,
    /// The confirmation was not given; nothing changed.
    Cancelled,
    /// The process was killed. Only a later command can write this one.
    Interrupted,
    /// A dry run: it was planned, and nothing was attempted.
    Planned,
}

impl Outcome {
    /// Every outcome, in the order of the documentation.
    pub const ALL: [Outcome; 9] = [
        Outcome::Succeeded,
        Outcome::Unchanged,
        Outcome::Refused,
        Outcome::Failed,
        Outcome::RolledBack,
        Outcome::NeedsOperator,
        Outcome::Cancelled,
        Outcome::Interrupted,
        Outcome::Planned,
    ];

    /// The word of the journal, of `--json` and of what people read.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Succeeded => "succeeded",
            Outcome::Unchanged => "unchanged",
            Outcome::Refused => "refused",
            Outcome::Failed => "failed",
            Outcome::RolledBack => "rolled-back",
            Outcome::NeedsOperator => "needs-operator",
            Outcome::Cancelled => "cancelled",
            Outcome::Interrupted => "interrupted",
            Outcome::Planned => "planned",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How sure we are that what was applied is what runs; weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// It was applied; nothing was probed.
    Applied,
    /// What had to start has started since, and stays up.
    Running,
    /// A probe has succeeded since.
    Answering,
    /// The answer carried the new commit, after everything that had to restart did.
    Verified,
}

impl Evidence {
    /// Every evidence, weakest first.
    pub const ALL: [Evidence; 4] = [
        Evidence::Applied,
        Evidence::Running,
        Evidence::Answering,
        Evidence::Verified,
    ];

    /// The word of the journal, of the plan's `require` and of a receipt.
    pub fn as_str(self) -> &'static str {
        match self {
            Evidence::Applied => "applied",
            Evidence::Running => "running",
            Evidence::Answering => "answering",
            Evidence::Verified => "verified",
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What went wrong, in one line, and what can be done about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Problem {
    pub message: String,
    /// Worth trying again after a pause.
    pub temporary: bool,
    /// One line each.
    pub hints: Vec<String>,
}

impl Problem {
    /// A problem that trying again does not solve.
    pub fn permanent(message: impl Into<String>) -> Self {
        Problem {
            message: message.into(),
            temporary: false,
            hints: Vec::new(),
        }
    }

    /// A problem that may be gone after a pause.
    pub fn temporary(message: impl Into<String>) -> Self {
        Problem {
            temporary: true,
            ..Problem::permanent(message)
        }
    }

    /// The same problem with one more hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}
