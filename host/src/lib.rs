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

pub mod adapter;
pub mod bind;
pub mod bundle;
pub mod capability;
pub mod command;
pub mod config;
pub mod context;
pub mod drive;
pub mod ending;
pub mod error;
pub mod history;
pub mod notices;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod played;
pub mod powers;
pub mod sandbox;
pub mod scribe;
pub mod translate;
pub mod typed;
pub mod wiring;
