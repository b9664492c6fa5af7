//! When the steps of a run began and how long they took, and which one is at it.
//!
//! Read off the events with their times, so that a notice made from the journal says the same as
//! one made while it happened.

use std::collections::HashMap;

use deployhost_engine::{Event, Pass};

#[derive(Debug, Clone, Default)]
pub struct StepTimings {
    began: u64,
    since: HashMap<String, u64>,
    took: HashMap<String, u64>,
    /// The step whose call is under way, and what it said last of how far it is.
    running: Option<(String, Option<String>)>,
}

impl StepTimings {
    /// Takes in what happened, and when, in milliseconds of any clock.
    pub fn see(&mut self, event: &Event, at_ms: u64) {
        match event {
            Event::Opened(_) => self.began = at_ms,
            Event::Planning { step, .. } | Event::Undoing { step, .. } => self.runs(step),
            Event::Applying { step, pass, .. } | Event::Verifying { step, pass, .. } => {
                self.runs(step);
                if *pass == Pass::Forward {
                    self.since.entry(step.clone()).or_insert(at_ms);
                }
            }
            Event::Applied { step, pass, .. }
            | Event::Verified { step, pass, .. }
            | Event::Failed { step, pass, .. } => {
                self.running = None;
                if let (Pass::Forward, Some(since)) = (pass, self.since.get(step)) {
                    self.took.insert(step.clone(), at_ms.saturating_sub(*since));
                }
            }
            Event::Proposed { .. }
            | Event::Reproposed { .. }
            | Event::Undone { .. }
            | Event::Refused { .. } => self.running = None,
            Event::Progress {
                step,
                done,
                total,
                message,
            } => {
                if let Some((running, said)) = &mut self.running
                    && running == step
                {
                    *said = Some(words(*done, *total, message));
                }
            }
            _ => {}
        }
    }

    fn runs(&mut self, step: &str) {
        self.running = Some((step.to_owned(), None));
    }

    /// Since the run was opened.
    pub fn since_begin(&self, at_ms: u64) -> u64 {
        at_ms.saturating_sub(self.began)
    }

    /// How long the step's own doing took; none where it did not end.
    pub fn took(&self, step: &str) -> Option<u64> {
        self.took.get(step).copied()
    }

    /// Whether the step's call is under way: what it said of that.
    pub fn running(&self, step: &str) -> Option<Option<&str>> {
        let (running, said) = self.running.as_ref()?;
        (running == step).then_some(said.as_deref())
    }
}

/// "3 of 10, waiting for web".
fn words(done: u32, total: u32, message: &str) -> String {
    let message = crate::convert::sanitize(message);
    match (total, message.is_empty()) {
        (0, _) => message,
        (_, true) => format!("{done} of {total}"),
        (_, false) => format!("{done} of {total}, {message}"),
    }
}

#[cfg(test)]
mod tests;
