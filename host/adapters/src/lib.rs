//! The outside world: one file per thing, each behind the port of a capability or of the drive.

pub mod bounded_file;
pub mod child;
pub mod compose;
mod conversation;
pub mod docker;
mod file_stamp;
pub mod git;
#[cfg(test)]
mod hang_guard;
pub mod http;
pub mod invocation;
pub mod journal;
pub mod lock;
pub mod lock_inheritance;
pub mod overlay;
pub mod pin_file;
pub mod plugin_path;
mod program_versions;
pub mod secrets;
pub mod state;
pub mod store;
#[cfg(test)]
mod subprocess;
