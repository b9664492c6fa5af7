//! What the engine knows of a plan's step, and what the step says before and after it acts.

use deployhost_policy::{Evidence, Recovery, Role};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One entry of a plan. What it does is its plugin's business.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Step {
    /// Unique within its plan.
    pub name: String,
    pub role: Role,
    pub recovery: Recovery,
}

/// The direction a call belongs to. It says whose plan and plugins the call is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pass {
    /// Towards the goal: the run's own plan, or the release that is being carried out.
    Forward,
    /// Taking back, with the plan and plugins of the forward pass.
    Undo,
    /// Applying the release that a rollback leads to, with that release's plan and plugins.
    Back,
}

impl Pass {
    /// The word of the journal.
    pub fn as_str(self) -> &'static str {
        match self {
            Pass::Forward => "forward",
            Pass::Undo => "undo",
            Pass::Back => "back",
        }
    }
}

impl fmt::Display for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One action of a proposal. Its last word is what it acts on: `recreate app`.
///
/// A step that cannot know yet says `at most: recreate app`; see [`crate::find_drift`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Act {
    pub what: String,
    pub why: String,
}

/// What a step plans to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Proposal {
    /// The pin of what is in place.
    pub now: Option<String>,
    /// The pin of what `apply` will bring.
    pub next: Option<String>,
    /// Empty: nothing to do, as far as the step can tell. It is applied all the same.
    pub actions: Vec<Act>,
    /// Commands that put `now` back without us.
    pub by_hand: Vec<String>,
    /// Key and JSON text; a later step wins.
    pub outputs: Vec<(String, String)>,
}

/// What a step did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Receipt {
    /// One line for people.
    pub summary: String,
    /// Reproduces exactly this result later.
    pub pin: Option<String>,
    /// Key and JSON text; a later step wins.
    pub outputs: Vec<(String, String)>,
    /// `None`: the step saw nothing. A change step that was applied is then `applied`.
    pub evidence: Option<Evidence>,
}
