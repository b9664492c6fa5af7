//! What the author of a deployhost plugin uses: a config struct, a trait, one line.
//!
//! ```
//! use deployhost_plugin::prelude::*;
//!
//! /// Refuses a deployment while a file of this name is on the list.
//! #[derive(Deserialize, JsonSchema)]
//! #[serde(crate = "deployhost_plugin::serde", deny_unknown_fields)]
//! pub struct Config {
//!     /// What must not be deployed.
//!     forbidden: String,
//! }
//!
//! pub struct Gate;
//!
//! impl Step for Gate {
//!     type Config = Config;
//!     const ROLE: Role = Role::Gate;
//!     const RECOVERY: Recovery = Recovery::None;
//!
//!     fn plan(context: &Context, config: &Config, _: Option<&str>) -> Result<Proposal, Failure> {
//!         match &context.commit {
//!             Some(commit) if commit.subject.contains(&config.forbidden) => {
//!                 let message = format!("{} is forbidden", commit.short());
//!                 Err(Failure::permanent("gate.forbidden", message).parameter("commit", &commit.id))
//!             }
//!             _ => Ok(Proposal::nothing()),
//!         }
//!     }
//!
//!     fn apply(_: &Context, _: &Config, _: Option<&str>) -> Result<Receipt, Failure> {
//!         Ok(Receipt::with_summary("nothing forbidden in it"))
//!     }
//!
//!     fn undo(_: &Context, _: &Config, _: Option<&Receipt>) -> Result<(), Failure> {
//!         Ok(())
//!     }
//! }
//!
//! deployhost_plugin::step!(Gate);
//! ```
//!
//! Name, version and summary come from the plugin's `Cargo.toml`, the schema from the struct. The
//! crate type is `["cdylib", "rlib"]`: the first becomes the plugin, the second is what tests use.
//!
//! **Natively** every type here exists, so that a plugin's decisions are tested as functions over
//! plain values. The functions that ask the host (`git::fetch`, `http::send`, …) have nobody to ask
//! there and abort; `log` and `progress` do nothing. Keep those calls in a thin shell.
//!
//! This crate owns the shape of a plugin. It does not own what the host grants: a capability that the
//! plan does not grant answers with a `Denied` error.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod action;
mod bindings;
mod cause;
pub mod clock;
mod commit;
mod config;
mod config_error;
mod context;
mod description;
mod diagnostic;
mod duration;
mod event;
mod failure;
pub mod line;
mod local_time;
pub mod log;
mod notifier;
pub mod output;
mod panic;
pub mod prelude;
pub mod progress;
pub mod schema;
pub mod shell;
mod step;
mod step_state;

#[cfg(feature = "compose")]
pub mod compose;
#[cfg(feature = "containers")]
pub mod containers;
#[cfg(feature = "git")]
pub mod git;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "http")]
mod signing;

#[cfg(test)]
mod tests;

pub use action::Action;
pub use bindings::notifier_world::exports::deployhost::plugin::notifier::Event;
pub use bindings::step_world::deployhost::plugin::run::{
    Commit, ConfigError, Context, Description, Diagnostic, Failure,
};
pub use bindings::step_world::exports::deployhost::plugin::step::{Proposal, Receipt};
pub use cause::Cause;
pub use clock::Stopped;
pub use config::{check, parse};
pub use description::{Named, Recovery, Role, describe_notifier, describe_step};
pub use duration::Duration;
pub use local_time::{InvalidTime, LocalTime};
pub use notifier::Notifier;
pub use step::Step;
pub use step_state::{StepProgress, StepState};

pub use {schemars, serde, serde_json};

/// What the macros expand to. Not for people.
#[doc(hidden)]
pub mod export {
    pub use crate::bindings::notifier_world::exports::deployhost::plugin::notifier::Guest as NotifierGuest;
    pub use crate::bindings::step_world::exports::deployhost::plugin::step::Guest as StepGuest;
    pub use crate::bindings::{notifier_world, step_world};
    pub use crate::notifier::{check as notifier_check, notify};
    pub use crate::panic::report as report_panics;
    pub use crate::step::{apply, check as step_check, plan, undo};
}
