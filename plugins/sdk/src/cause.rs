//! What stopped a run.

/// Where something outside stopped the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The number of a signal: 2 is SIGINT, 15 is SIGTERM.
    Signal(i32),
    /// In words.
    Other(String),
}
