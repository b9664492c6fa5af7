//! Words that a plan, a plugin and the journal share: what a step is for, how it is taken back, and
//! how sure a run is of its result.
//!
//! Owns the words and which there are. What follows from one is the engine's.

use std::fmt;

use serde::{Deserialize, Serialize};

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

/// What a step is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// May refuse. Planned and applied, never taken back.
    Gate,
    /// Changes the target. Planned, applied, and taken back as its [`Recovery`] says.
    Change,
    /// Looks at the result. Not planned.
    Verify,
}

/// How what a step did is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recovery {
    /// By applying the release's pin; by `undo` where the release has none.
    Pin,
    /// By `undo`, and then by the release's pin where it has one.
    Undo,
    /// Not at all: once such a step has changed something, no rollback can be claimed.
    None,
}

/// The same words for people, for programs and from either, so that none is spelled twice.
macro_rules! spell {
    ($kind:ident { $($variant:ident = $word:literal),+ }) => {
        impl $kind {
            /// Every one, in the order of the documentation.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// The word of plans, of plugins, of the journal and of `--json`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// The one that the word stands for, where there is one.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|each| each.as_str() == word)
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

spell!(Evidence {
    Applied = "applied",
    Running = "running",
    Answering = "answering",
    Verified = "verified"
});
spell!(Role {
    Gate = "gate",
    Change = "change",
    Verify = "verify"
});
spell!(Recovery {
    Pin = "pin",
    Undo = "undo",
    None = "none"
});

#[cfg(test)]
mod tests;
