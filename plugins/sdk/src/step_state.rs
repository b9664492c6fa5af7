//! How one step of a run stands, as a notifier is given it.

use serde_json::Value;

use crate::{Action, Duration, Role};

/// One step of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepState {
    /// The entry's name.
    pub name: String,
    pub progress: StepProgress,
    /// What it did; while it is running, how far it is.
    pub summary: Option<String>,
    /// How long it took.
    pub duration: Option<Duration>,
    /// What it proposed to do.
    pub actions: Vec<Action>,
    /// None: another than this version knows.
    pub role: Option<Role>,
}

/// How far a step is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepProgress {
    NotBegun,
    Running,
    Done,
    Failed,
    /// Others may come.
    Other(String),
}

impl StepState {
    /// A step that verifies and found that it does not work.
    pub fn failed_to_verify(&self) -> bool {
        self.progress == StepProgress::Failed && self.role == Some(Role::Verify)
    }

    /// From an event's entry. None: it is no JSON.
    pub(crate) fn from_entry(name: &str, json: &str) -> Option<Self> {
        let state: Value = serde_json::from_str(json).ok()?;
        let actions = state["actions"].as_array().into_iter().flatten();
        Some(Self {
            name: name.to_owned(),
            progress: StepProgress::from_word(state["state"].as_str().unwrap_or_default()),
            summary: state["summary"].as_str().map(str::to_owned),
            duration: state["ms"].as_u64().map(Duration::from_millis),
            actions: actions.filter_map(Action::from_json).collect(),
            role: state["role"].as_str().and_then(Role::from_word),
        })
    }
}

impl StepProgress {
    fn from_word(word: &str) -> Self {
        match word {
            "not-begun" => Self::NotBegun,
            "running" => Self::Running,
            "done" => Self::Done,
            "failed" => Self::Failed,
            other => Self::Other(other.to_owned()),
        }
    }
}
