//! What notifiers were to be told and were not: how runs ended. Read off the journal, so that
//! nothing is delivered twice and nothing is forgotten.

use std::path::Path;

use deployhost_engine::{Event, Outcome};

use super::builder::NotificationBuilder;
use super::plan_snapshot::PlanSnapshot;
use super::step_timings::StepTimings;
use crate::context::ContextBuilder;
use crate::history::{History, RunRecord};
use deployhost_runtime::sandbox::NotifierEvent;

/// Nothing of older runs than these is pending: a notification never expires, but a journal grows for ever.
pub const MOST_RUNS: usize = 100;

/// One notice of how a run ended, to one notifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingNotification {
    /// The run's place in the history.
    pub run: usize,
    pub notifier: String,
    /// What the notifier wanted to be given with the run's next event.
    pub memory: Option<String>,
}

/// Every pending notification of a target, in the order in which it happened.
pub fn list_pending(history: &History) -> Vec<PendingNotification> {
    let first = history.runs.len().saturating_sub(MOST_RUNS);
    let newest = history.runs.iter().enumerate().skip(first);
    newest
        .flat_map(|(run, past)| {
            let snapshot = match end(past) {
                Some(_) => PlanSnapshot::read(&past.run.spec().plan),
                None => PlanSnapshot::default(),
            };
            let names: Vec<String> = snapshot.notifiers().map(str::to_owned).collect();
            names.into_iter().filter_map(move |notifier| {
                let memory = unsettled(past, &notifier)?;
                Some(PendingNotification {
                    run,
                    notifier,
                    memory,
                })
            })
        })
        .collect()
}

/// How a run ended of which notifiers are told.
fn end(past: &RunRecord) -> Option<Outcome> {
    let told = !past.run.spec().dry_run;
    past.run
        .ended()
        .filter(|outcome| told && *outcome != Outcome::Planned)
}

/// Whether the notifier is still to be told how the run ended: its memory.
fn unsettled(past: &RunRecord, notifier: &str) -> Option<Option<String>> {
    let end = end(past)?.as_str();
    let mut last = None;
    for entry in &past.entries {
        let Event::Notified {
            notifier: own,
            kind,
            ok,
            given_up,
            memory,
            ..
        } = &entry.event
        else {
            continue;
        };
        if own != notifier {
            continue;
        }
        if *given_up || *ok && kind == end {
            return None;
        }
        last = memory.clone().or(last);
    }
    Some(last)
}

impl PendingNotification {
    /// The notice, as of when it happened. `state`: the state folder, where it was named.
    pub fn event(&self, history: &History, state: Option<&Path>) -> Option<NotifierEvent> {
        let past = history.runs.get(self.run)?;
        let mut step_timings = StepTimings::default();
        let mut before = past.began_at();
        for entry in &past.entries {
            step_timings.see(&entry.event, entry.at_unix_ms);
            let Event::Ended {
                outcome, problem, ..
            } = &entry.event
            else {
                before = entry.at_unix_ms;
                continue;
            };
            let at = match outcome {
                // It was found out later: it happened after the last thing that it wrote.
                Outcome::Interrupted => before,
                _ => entry.at_unix_ms,
            };
            let spec = past.run.spec();
            let context_builder = ContextBuilder {
                run: spec.run.clone(),
                actor: spec.actor.clone(),
                previous: history.commit_before(self.run),
                ..ContextBuilder::default()
            };
            let builder = NotificationBuilder {
                run: &past.run,
                step_timings: &step_timings,
                snapshot: &PlanSnapshot::read(&spec.plan),
                context_builder: &context_builder,
                state,
                late: true,
            };
            return Some(builder.event(outcome.as_str(), at, problem.as_ref(), &self.notifier));
        }
        None
    }
}

#[cfg(test)]
mod tests;
