//! What happened in a run, as a notifier is given it.

use crate::{Cause, Event, StepState};

/// The code of the problem of a run that was cancelled since another word was given than the plan
/// wants.
const WRONG_CONFIRMATION: &str = "confirmation.wrong";

impl Event {
    /// The steps that can be read, in the plan's order.
    pub fn steps(&self) -> impl Iterator<Item = StepState> + '_ {
        let steps = self.steps.iter();
        steps.filter_map(|(name, json)| StepState::from_entry(name, json))
    }

    /// What stopped the run, where something did.
    pub fn cause(&self) -> Option<Cause> {
        self.context.cause()
    }

    /// Another word was given than the plan wants.
    pub fn has_wrong_confirmation(&self) -> bool {
        let problem = self.problem.as_ref();
        problem.is_some_and(|problem| problem.code == WRONG_CONFIRMATION)
    }
}
