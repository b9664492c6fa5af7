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
pub mod capability;
pub mod config;
//pub mod error;
