//! The one place that names every adapter: makes them, and runs deployments with them.

mod check;
mod deployer;
mod journal_sink;
mod live_notifications;
mod loader;
mod look;
mod notification_service;
mod outbox;
mod plugin_pins;
mod plugin_source;
mod plugin_update;
mod records;
mod root;
mod secret_exposure;
mod test_event;
mod tree_content;

pub use check::check;
pub use deployer::{Deployer, Deployment, Ended, Stopper, SubscriberFactory, Wanted};
pub use loader::Loader;
pub use look::{LookedAt, SeenTarget, look, under_way};
pub use notification_service::NotificationService;
pub use outbox::{DeliveryResult, DrainReport, Outbox};
pub use plugin_update::update_pins;
pub use records::{has_run, read_history, read_run};
pub use root::Environment;
pub use test_event::send_test_event;

pub use deployhost_adapters::git::{KeptKind, KeptWork};
pub use deployhost_adapters::invocation::{Invocation, on_github};
pub use deployhost_adapters::lock::LockHeld;
pub use deployhost_adapters::overlay::Overlay;
pub use deployhost_adapters::plugin_path::PluginPath;

use deployhost_policy::Diagnostic;

use crate::command_error::CommandError;
use deployhost_plan::Plan;

/// `name/environment`: what runs, releases and locks belong to.
pub fn target(plan: &Plan) -> String {
    format!("{}/{}", plan.name, plan.environment)
}

/// What an adapter refuses, for people.
fn refused(problem: impl Into<Diagnostic>) -> CommandError {
    problem.into().into()
}
