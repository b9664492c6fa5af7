//! What notices say of the plan that a run was opened with.

use serde::Deserialize;

use crate::bound_plan::PlanInfo;

/// Read off the journal's own copy of the plan, so that a notice says the same whenever it is made.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PlanSnapshot {
    pub name: String,
    pub environment: String,
    pub url: Option<String>,
    /// The word that the plan wants typed.
    pub confirm: Option<String>,
    /// The plan's file, absolute.
    pub file: String,
    notifiers: Vec<Named>,
}

#[derive(Debug, Clone, Deserialize)]
struct Named {
    name: String,
}

impl PlanSnapshot {
    /// A plan that this program cannot read says nothing.
    pub fn read(plan: &str) -> Self {
        serde_json::from_str(plan).unwrap_or_default()
    }

    /// The names of its notifiers, in its order.
    pub fn notifiers(&self) -> impl Iterator<Item = &str> {
        self.notifiers.iter().map(|notifier| notifier.name.as_str())
    }

    pub fn about(&self) -> PlanInfo {
        PlanInfo {
            plan: self.name.clone(),
            environment: self.environment.clone(),
            url: self.url.clone(),
        }
    }
}
