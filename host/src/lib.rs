//! The program `deployhost`: its commands, and how a run is put together from the other crates.
//!
//! - [`command`]: one file per subcommand; the only place that prints.
//! - [`environment`]: the only place that names adapters: loads plans, runs them, delivers notices.
//! - [`bind`]: a plan meets its plugins; what they ask for is held against what it grants.
//! - [`executor`]: the only loop: asks the engine what is next, does it, records it.
//! - [`event_log`]: a run under way and its journal.
//! - [`history`], [`run_summary`]: what a journal says of the runs of a target.
//! - [`notify`]: what notifiers are told, when, and what is still to be delivered.
//! - [`command_error`]: what ends a command, and its exit code.

pub mod bind;
pub mod bound_plan;
pub mod command;
pub mod command_error;
pub mod command_hint;
pub mod context;
pub mod convert;
pub mod effective_grants;
pub mod environment;
pub mod event_log;
pub mod executor;
pub mod history;
pub mod notify;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod plan_cases;
pub mod run_summary;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod scripted_run;
