//! Where a run stands, and the one table of which event may come next.
//!
//! The table knows kinds only. That the event also names the right step, pin and attempt is
//! checked by [`crate::Run::record`], which compares it with what was asked for. Living runs and
//! replayed ones go through both, so they cannot disagree.

use crate::EventKind;

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// No event yet.
    New,
    /// Opened, and between two plan calls or waiting for the confirmation.
    Opened,
    /// A first plan call is under way.
    Planning,
    /// The confirmation was given.
    Confirmed,
    /// Started, and between two calls.
    Forward,
    /// A second plan call is under way.
    Replanning,
    Applying,
    Verifying,
    /// Rolling back, and between two calls.
    Backward,
    Undoing,
    /// Applying the release that the rollback leads to.
    Reapplying,
    /// Verifying that release.
    Reverifying,
    /// Refused or declined: nothing is left but to end.
    Closing,
    Ended,
}

impl Status {
    /// Every status.
    pub const ALL: &[Status] = &[
        Status::New,
        Status::Opened,
        Status::Planning,
        Status::Confirmed,
        Status::Forward,
        Status::Replanning,
        Status::Applying,
        Status::Verifying,
        Status::Backward,
        Status::Undoing,
        Status::Reapplying,
        Status::Reverifying,
        Status::Closing,
        Status::Ended,
    ];

    /// For messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::New => "new",
            Status::Opened => "opened",
            Status::Planning => "planning",
            Status::Confirmed => "confirmed",
            Status::Forward => "between steps",
            Status::Replanning => "planning again",
            Status::Applying => "applying",
            Status::Verifying => "verifying",
            Status::Backward => "rolling back",
            Status::Undoing => "undoing",
            Status::Reapplying => "applying the release before",
            Status::Reverifying => "verifying the release before",
            Status::Closing => "closing",
            Status::Ended => "ended",
        }
    }

    /// A call was announced and its result is not known. In a replayed run: it is ambiguous.
    pub fn in_flight(self) -> bool {
        use Status::*;
        match self {
            Planning | Replanning | Applying | Verifying | Undoing | Reapplying | Reverifying => {
                true
            }
            New | Opened | Confirmed | Forward | Backward | Closing | Ended => false,
        }
    }

    /// The status after an event of this kind; `None` where it may not happen.
    ///
    /// An intent may follow itself, because recovery announces the same call again.
    pub fn after(self, kind: EventKind) -> Option<Status> {
        use Status as S;
        let next = match (self, kind) {
            (S::New, EventKind::Opened) => S::Opened,
            (S::New, _) => return None,

            // Told, never altering: even after the end, since notifiers hear of it then.
            (
                status,
                EventKind::Log | EventKind::Progress | EventKind::Notified | EventKind::Note,
            ) => status,
            (S::Ended, _) => return None,
            (status, EventKind::Stopping) => status,
            (_, EventKind::Ended) => S::Ended,

            (S::Opened | S::Planning, EventKind::Planning) => S::Planning,
            (S::Planning, EventKind::Proposed | EventKind::Failed) => S::Opened,
            (S::Opened, EventKind::Confirmed) => S::Confirmed,
            (S::Opened, EventKind::Declined) => S::Closing,
            (S::Opened | S::Planning | S::Confirmed, EventKind::Refused) => S::Closing,
            (S::Opened | S::Confirmed, EventKind::Started) => S::Forward,

            (S::Forward | S::Replanning, EventKind::Planning) => S::Replanning,
            (S::Replanning, EventKind::Reproposed | EventKind::Failed) => S::Forward,
            (S::Forward | S::Applying, EventKind::Applying) => S::Applying,
            (S::Applying, EventKind::Effect) => S::Applying,
            (S::Applying, EventKind::Applied | EventKind::Failed) => S::Forward,
            (S::Forward | S::Verifying, EventKind::Verifying) => S::Verifying,
            (S::Verifying, EventKind::Effect) => S::Verifying,
            (S::Verifying, EventKind::Verified | EventKind::Failed) => S::Forward,

            // In flight too: a stopped run that was killed before its call gave a result.
            (S::Forward | S::Replanning | S::Applying | S::Verifying, EventKind::RollingBack) => {
                S::Backward
            }
            (S::Backward | S::Undoing, EventKind::Undoing) => S::Undoing,
            (S::Undoing, EventKind::Effect) => S::Undoing,
            (S::Undoing, EventKind::Undone | EventKind::Failed) => S::Backward,
            (S::Backward | S::Reapplying, EventKind::Applying) => S::Reapplying,
            (S::Reapplying, EventKind::Effect) => S::Reapplying,
            (S::Reapplying, EventKind::Applied | EventKind::Failed) => S::Backward,
            (S::Backward | S::Reverifying, EventKind::Verifying) => S::Reverifying,
            (S::Reverifying, EventKind::Effect) => S::Reverifying,
            (S::Reverifying, EventKind::Verified | EventKind::Failed) => S::Backward,

            _ => return None,
        };
        Some(next)
    }
}
