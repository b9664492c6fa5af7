//! What notifiers were to be told and were not: how runs ended. Read off the journal, so that
//! nothing is owed twice and nothing is forgotten.

use std::path::Path;

use deployhost_engine::{Event, Outcome};

use super::builder::NotificationBuilder;
use super::plan_snapshot::PlanSnapshot;
use super::step_timings::StepTimings;
use crate::context::ContextBuilder;
use crate::history::{History, RunRecord};
use crate::sandbox::NotifierEvent;

/// Of older runs than these nothing is owed: a notice never expires, but a journal grows for ever.
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

/// Everything that is owed of a target, in the order in which it happened.
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
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::history::JournalEntry;
    use crate::scripted_run::Played;

    /// A run of a plan with two notifiers.
    fn run(played: &Played, at_unix_ms: u64, told: &[Event]) -> RunRecord {
        let mut events = played.events();
        if let Some(Event::Opened(spec)) = events.first_mut() {
            spec.plan = r#"{"notifiers": [{"name": "discord"}, {"name": "mail"}]}"#.into();
        }
        events.extend(told.iter().cloned());
        let entries = events
            .into_iter()
            .map(|event| JournalEntry { at_unix_ms, event });
        RunRecord::replay(entries.collect()).unwrap().unwrap()
    }

    fn notified(notifier: &str, kind: &str, ok: bool, given_up: bool) -> Event {
        Event::Notified {
            notifier: notifier.into(),
            kind: kind.into(),
            ok,
            given_up,
            problem: None,
            memory: ok.then(|| format!("{notifier} {kind}")),
        }
    }

    fn of(runs: Vec<RunRecord>) -> Vec<(usize, String, Option<String>)> {
        let debts = list_pending(&History { runs });
        let pending = |it: PendingNotification| (it.run, it.notifier, it.memory);
        debts.into_iter().map(pending).collect()
    }

    fn one() -> Played {
        Played::new("r1", "v0", "v1")
    }

    #[test]
    fn what_was_not_told_is_owed_until_it_is() {
        let (discord, mail) = ("discord".to_owned(), "mail".to_owned());
        let told = |told: &[Event]| of(vec![run(&one(), 7, told)]);
        assert_eq!(
            told(&[]),
            [(0, discord.clone(), None), (0, mail.clone(), None)]
        );
        // Told of the start only, which is where it goes on.
        let started = notified("discord", "started", true, false);
        let failed = notified("discord", "succeeded", false, false);
        let memory = Some("discord started".to_owned());
        assert_eq!(
            told(&[started.clone(), failed.clone()]),
            [(0, discord, memory), (0, mail.clone(), None)]
        );
        let at_last = notified("discord", "succeeded", true, false);
        assert_eq!(told(&[started, failed, at_last]), [(0, mail, None)]);
    }

    #[test]
    fn one_that_was_given_up_is_owed_nothing_more() {
        let gone = notified("discord", "started", false, true);
        let debts = of(vec![run(&one(), 7, &[gone])]);
        assert_eq!(debts, [(0, "mail".to_owned(), None)]);
    }

    #[test]
    fn only_the_end_of_a_real_run_is_owed() {
        let dry = Played {
            dry_run: true,
            ..one()
        };
        let open = Played {
            dies: Some("apply app"),
            ..one()
        };
        assert_eq!(of(vec![run(&dry, 7, &[]), run(&open, 7, &[])]), []);
    }

    #[test]
    fn a_hundred_runs_are_looked_back() {
        let runs = vec![run(&one(), 7, &[]); MOST_RUNS + 3];
        let debts = of(runs);
        assert_eq!(debts.len(), 2 * MOST_RUNS);
        assert_eq!(debts[0].0, 3);
    }

    #[test]
    fn it_is_told_as_of_when_it_happened() {
        let runs = vec![run(&one(), 5_000, &[]), {
            let killed = Played {
                dies: Some("apply app"),
                ..Played::new("r2", "v1", "v2")
            };
            let mut past = run(&killed, 9_000, &[]);
            let event = Event::Ended {
                outcome: Outcome::Interrupted,
                evidence: None,
                problem: None,
            };
            past.run.record(&event).unwrap();
            past.entries.push(JournalEntry {
                at_unix_ms: 99_000,
                event,
            });
            past
        }];
        let history = History { runs };
        let debts = list_pending(&history);
        assert_eq!(debts.len(), 4);
        let first = debts[0].event(&history, None).unwrap();
        assert_eq!(
            (first.kind.as_str(), first.at_unix_ms),
            ("succeeded", 5_000)
        );
        assert!(first.context.previous.is_none());
        let last = debts[3].event(&history, None).unwrap();
        // It was settled much later than it was killed.
        assert_eq!(
            (last.kind.as_str(), last.at_unix_ms),
            ("interrupted", 9_000)
        );
        assert_eq!(last.context.previous.unwrap().id, "v1v1v1");
        let late = ("late".to_owned(), "true".to_owned());
        assert!(last.context.details.contains(&late));
        assert_eq!(last.by_hand, ["put code back", "put app back"]);
    }
}
