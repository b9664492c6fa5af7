//! The outside world: one file per thing, each behind the port of a capability or of the drive.

pub mod child;
pub mod compose;
pub mod docker;
pub mod fetch;
pub mod git;
pub mod journal;
pub mod lock;
pub mod pin_file;
#[cfg(test)]
mod rerun;
pub mod secrets;
pub mod shelf;
pub mod start;
pub mod state;
pub mod store;
