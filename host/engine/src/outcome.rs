//! How a run ends.

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
