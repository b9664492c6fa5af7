//! One thing that a step would do, and why.

use serde_json::Value;

use crate::Proposal;

/// An action of a proposal, as people read it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Action {
    /// `restart app`. One that begins with `at most: ` covers every action on the object that is its
    /// last word.
    pub what: String,
    pub why: String,
}

impl Action {
    pub fn new(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            why: why.into(),
        }
    }

    /// From an event: a text alone, or a pair of what and why.
    pub(crate) fn from_json(json: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let what = text(json).or_else(|| text(&json[0]))?;
        let why = text(&json[1]).unwrap_or_default();
        Some(Self { what, why })
    }
}

impl From<(String, String)> for Action {
    fn from((what, why): (String, String)) -> Self {
        Self { what, why }
    }
}

impl From<Action> for (String, String) {
    fn from(action: Action) -> Self {
        (action.what, action.why)
    }
}

impl Proposal {
    /// Nothing to do, nothing to report.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Adds an action: what, and why.
    pub fn action(mut self, what: impl Into<String>, why: impl Into<String>) -> Self {
        self.actions.push((what.into(), why.into()));
        self
    }

    /// Adds actions.
    pub fn with_actions(mut self, actions: impl IntoIterator<Item = Action>) -> Self {
        self.actions.extend(actions.into_iter().map(Into::into));
        self
    }

    /// The actions so far.
    pub fn actions(&self) -> Vec<Action> {
        self.actions.iter().cloned().map(Action::from).collect()
    }
}
