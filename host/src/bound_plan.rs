//! A plan with everything bound that its steps need: plugins loaded, configs expanded, grants made.
//!
//! One for the run's own plan, one for the release it would go back to: a pin never meets another
//! plan's step.

use std::sync::Arc;
use std::time::Duration;

use deployhost_policy::Role;
use deployhost_runtime::capabilities::EntryGrants;
use deployhost_runtime::sandbox::Plugin;

/// One step or notifier of a plan, ready to be called.
pub struct BoundEntry {
    pub name: String,
    pub plugin: Arc<Plugin>,
    /// JSON; secrets are placeholders.
    pub config: String,
    pub grants: EntryGrants,
    /// How long one call may take.
    pub timeout: Duration,
}

impl BoundEntry {
    /// What the engine needs to know of a step. Words were checked when the plugin was loaded.
    pub fn step(&self) -> deployhost_engine::Step {
        let description = &self.plugin.description;
        deployhost_engine::Step {
            name: self.name.clone(),
            // A notifier is no step, and nobody asks for one here.
            role: description.role.unwrap_or(Role::Change),
            recovery: description.recovery,
        }
    }
}

/// What every context says of its plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanInfo {
    pub plan: String,
    pub environment: String,
    pub url: Option<String>,
}

pub struct BoundPlan {
    pub about: PlanInfo,
    pub steps: Vec<BoundEntry>,
    pub notifiers: Vec<BoundEntry>,
    /// The budget of one pass over the steps.
    pub timeout: Duration,
}

impl BoundPlan {
    pub fn step(&self, name: &str) -> Option<&BoundEntry> {
        self.steps.iter().find(|step| step.name == name)
    }
}
