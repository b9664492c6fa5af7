//! The one place that names every adapter: puts the house together and runs deployments in it.

mod deploy;
mod journal_sink;
mod lints;
mod live_notifications;
mod outbox;
mod plugin_pins;
mod plugin_source;
mod plugin_update;
mod preflight;
mod records;
mod root;
mod secret_exposure;
mod test_event;
mod tree_content;

pub use deploy::{Deployment, Ended, Stopper};
pub use outbox::{DeliveryResult, DrainReport};
pub use records::{has_run, read_history, read_run};
pub use root::Environment;

pub use deployhost_adapters::invocation::{Invocation, on_github};
pub use deployhost_adapters::plugin_path::PluginPath;

use crate::error::Error;
use deployhost_plan::Plan;

/// `name/environment`: what runs, releases and locks belong to.
pub fn target(plan: &Plan) -> String {
    format!("{}/{}", plan.name, plan.environment)
}

/// What an adapter refuses, for people.
fn refused(problem: impl std::fmt::Display) -> Error {
    Error::refused(problem.to_string())
}
