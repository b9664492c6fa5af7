//! The house, from the street inwards:
//!
//! - [`command`]: one file per subcommand; the only place that prints.
//! - [`wiring`]: names every adapter and puts a run together.
//! - [`drive`]: the only loop: asks the engine what is next, does it, journals it.
//! - [`sandbox`]: wasmtime; calls plugins within their limits.
//! - [`capability`]: what a plugin may ask: grant, rule, port, binding.
//! - [`adapter`]: one file per outside thing.
//! - [`config`]: the plan file, as written and as meant.
//! - [`error`]: what went wrong, and its exit code.

pub mod bind;
pub mod bound_plan;
pub mod command;
pub mod command_hint;
pub mod context;
pub mod convert;
pub mod effective_grants;
pub mod environment;
pub mod error;
pub mod event_log;
pub mod executor;
pub mod history;
pub mod notify;
pub mod run_summary;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod scripted_run;
