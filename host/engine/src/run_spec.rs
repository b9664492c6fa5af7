//! What a run is given when it opens: everything the engine will ever know from outside its events.

use crate::{Evidence, Release, Step};
use serde::{Deserialize, Serialize};

/// What a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Goal {
    /// Plan the steps, then apply them.
    Deploy,
    /// Carry out the release [`RunSpec::to`], a manual rollback or a promotion: nothing is planned,
    /// its pins are applied.
    Release,
}

/// The content of [`crate::Event::Opened`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunSpec {
    /// The run's id.
    pub run: String,
    pub goal: Goal,
    /// The plan as meant, as text; never read here. Secrets are never in it.
    pub plan: String,
    /// Plugin name and sha256.
    pub plugins: Vec<(String, String)>,
    /// The plan's steps, in its order. For [`Goal::Release`] those of `to` are used instead.
    pub steps: Vec<Step>,
    /// A confirmation is needed.
    pub confirm: bool,
    /// Stop after planning.
    pub dry_run: bool,
    /// Roll back without asking.
    pub automatic: bool,
    /// Less evidence than this is a failure.
    pub require: Option<Evidence>,
    /// How often a temporary failure is tried again.
    pub retries: u32,
    /// Where a rollback leads. A deployment that has none leads back to what it found in place.
    pub release: Option<Release>,
    /// What [`Goal::Release`] carries out.
    pub to: Option<Release>,
    /// An earlier run of this target was interrupted after a changing effect had begun, and nothing
    /// has settled it since: whatever is in place is not known to be what it was.
    pub unsettled: bool,
    pub actor: Option<String>,
    /// Overrides of the plan: key and value.
    pub sets: Vec<(String, String)>,
}

impl RunSpec {
    /// The steps of the forward pass, in their order.
    pub fn forward_steps(&self) -> &[Step] {
        match (self.goal, &self.to) {
            (Goal::Release, Some(to)) => &to.steps,
            _ => &self.steps,
        }
    }
}
