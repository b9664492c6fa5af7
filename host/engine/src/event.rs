//! What happened, in the words of the journal and of `--json`.
//!
//! An event is written before the engine records it, and intents (`planning`, `applying`,
//! `effect`, `verifying`, `undoing`) before the call or effect they announce: a crash can lose a
//! result, never the fact that something was begun. When it happened is the journal's to add.

use deployhost_policy::Diagnostic;

use crate::{Evidence, Outcome, Pass, Proposal, Receipt, RunSpec};
use serde::{Deserialize, Serialize};

/// Names one [`Event`] variant each; the table of [`crate::Status`] is over these.
macro_rules! kinds {
    ($($kind:ident => $word:literal),* $(,)?) => {
        /// Which event it is, without what it carries.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EventKind { $($kind),* }

        impl EventKind {
            /// Every kind, in the order of [`Event`].
            pub const ALL: &[EventKind] = &[$(EventKind::$kind),*];

            /// The word of the journal.
            pub fn as_str(self) -> &'static str {
                match self { $(EventKind::$kind => $word),* }
            }
        }

        impl Event {
            /// Which event it is.
            pub fn kind(&self) -> EventKind {
                match self { $(Event::$kind { .. } => EventKind::$kind),* }
            }
        }
    };
}

kinds! {
    Opened => "opened",
    Planning => "planning",
    Proposed => "proposed",
    Reproposed => "reproposed",
    Confirmed => "confirmed",
    Declined => "declined",
    Started => "started",
    Applying => "applying",
    Effect => "effect",
    Applied => "applied",
    Verifying => "verifying",
    Verified => "verified",
    Failed => "failed",
    Undoing => "undoing",
    Undone => "undone",
    Refused => "refused",
    RollingBack => "rolling-back",
    Stopping => "stopping",
    Ended => "ended",
    Log => "log",
    Progress => "progress",
    Notified => "notified",
    Note => "note",
}

/// One entry of a run's journal. `attempt` counts from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "event",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum Event {
    /// The first event of every run, and only that.
    Opened(Box<RunSpec>),
    /// A step's `plan` is about to be called: for the first time, or again just before its `apply`.
    Planning {
        step: String,
        attempt: u32,
    },
    /// What the step said the first time: this is what is shown.
    Proposed {
        step: String,
        proposal: Proposal,
    },
    /// What the step said just before its `apply`.
    Reproposed {
        step: String,
        proposal: Proposal,
    },
    /// The confirmation was given, by whom or by what.
    Confirmed {
        by: String,
    },
    /// The confirmation was not given.
    Declined {
        reason: Diagnostic,
    },
    /// From here on the target may change.
    Started,
    /// A step's `apply` is about to be called.
    Applying {
        step: String,
        pass: Pass,
        pin: Option<String>,
        attempt: u32,
    },
    /// The call under way is about to begin a changing effect.
    Effect {
        step: String,
        what: String,
    },
    Applied {
        step: String,
        pass: Pass,
        receipt: Receipt,
    },
    /// A verify step is about to be called.
    Verifying {
        step: String,
        pass: Pass,
        attempt: u32,
    },
    Verified {
        step: String,
        pass: Pass,
        receipt: Receipt,
    },
    /// The call under way failed, whichever it was; planning is of the forward pass.
    Failed {
        step: String,
        pass: Pass,
        problem: Diagnostic,
        /// Worth trying again after a pause.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        temporary: bool,
    },
    /// A step's `undo` is about to be called.
    Undoing {
        step: String,
        attempt: u32,
    },
    Undone {
        step: String,
    },
    /// It cannot be carried out, found out before it started.
    Refused {
        problem: Diagnostic,
    },
    /// The way back begins: to which release, and because of what.
    RollingBack {
        to: String,
        because: Diagnostic,
    },
    /// The first SIGINT (2) or SIGTERM (15).
    Stopping {
        signal: i32,
    },
    /// The last event that alters a run.
    Ended {
        outcome: Outcome,
        evidence: Option<Evidence>,
        problem: Option<Diagnostic>,
    },
    /// A line that a plugin wrote. This and the three below alter nothing, and are legal even after
    /// the end, since notifiers are told about it.
    Log {
        step: String,
        level: String,
        line: String,
    },
    /// "3 of 10, waiting for app".
    Progress {
        step: String,
        done: u32,
        total: u32,
        message: String,
    },
    /// A notifier was called about an event of the given kind. It may be called again about one that
    /// is not `ok`, except where that is given up: then nothing more of this run is told to it.
    Notified {
        notifier: String,
        kind: String,
        ok: bool,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        given_up: bool,
        problem: Option<Diagnostic>,
        /// What it wants to be given with the run's next event.
        memory: Option<String>,
    },
    /// Something worth keeping that is none of the above.
    Note {
        text: String,
    },
}

impl From<RunSpec> for Event {
    fn from(spec: RunSpec) -> Self {
        Event::Opened(Box::new(spec))
    }
}
