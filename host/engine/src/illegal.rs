//! An event that cannot have happened: the host or the journal is at fault, never a plugin.

use crate::{EventKind, Status};
use std::fmt;

/// An event that may not follow what was recorded before it. The run is as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Illegal {
    pub status: Status,
    /// The event; `opened` where there was none at all.
    pub event: EventKind,
    /// Which rule it breaks, in a few words.
    pub why: String,
}

impl fmt::Display for Illegal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let event = self.event.as_str();
        write!(
            f,
            "event `{event}` while the run is {}: {}",
            self.status.as_str(),
            self.why
        )
    }
}

impl std::error::Error for Illegal {}
