//! A run's event as notifiers are told it: made from the run alone, at once or much later.

use std::path::Path;

use deployhost_engine::{Goal, Pass, Problem, Role, Run};

use super::plan_snapshot::PlanSnapshot;
use super::step_timings::StepTimings;
use crate::command_hint::CommandHint;
use crate::context::ContextBuilder;
use crate::run_summary::{self, RunSummary};
use crate::sandbox::NotifierEvent;

/// Everything that a run's notices are made of.
pub struct NotificationBuilder<'a> {
    pub run: &'a Run,
    pub step_timings: &'a StepTimings,
    pub snapshot: &'a PlanSnapshot,
    pub context_builder: &'a ContextBuilder,
    /// The state folder, where it was named: the commands that are told name it, too.
    pub state: Option<&'a Path>,
    /// It is told by a later command.
    pub late: bool,
}

impl NotificationBuilder<'_> {
    /// `problem`: what the event itself says went wrong.
    pub fn event(
        &self,
        kind: &str,
        at_unix_ms: u64,
        problem: Option<&Problem>,
        notifier: &str,
    ) -> NotifierEvent {
        let Self {
            run,
            context_builder,
            ..
        } = self;
        let about = self.snapshot.about();
        let pass = match run.release_for(Pass::Back) {
            Some(_) => Pass::Back,
            None => Pass::Forward,
        };
        // A failed attempt is told by the commit that was attempted; a way back, by both.
        let told = if kind == "rolled-back" {
            pass
        } else {
            Pass::Forward
        };
        let mut context = context_builder.context_at(at_unix_ms, run, told, &about, notifier);
        // A run that ends before a step could say its commit was about the job's. A rollback never is.
        if context.commit.is_none() && told == Pass::Forward && run.spec().goal == Goal::Deploy {
            context.commit = context_builder.triggered.clone();
        }
        if let (Pass::Back, Some(tried)) = (told, run_summary::commit(run, Pass::Forward)) {
            context.details.push(("tried".to_owned(), tried.id));
        }
        context.details.extend(self.details());
        let hint = CommandHint {
            plan: &self.snapshot.file,
            state: self.state,
        };
        let summary = RunSummary::of(run, &about, &hint, context_builder.previous.as_deref());
        let (failed, hints, by_hand) = match summary {
            Some(summary) => (summary.problem, summary.hints, summary.by_hand),
            None => Default::default(),
        };
        NotifierEvent {
            kind: kind.to_owned(),
            context,
            at_unix_ms,
            duration_ms: self.step_timings.since_begin(at_unix_ms),
            evidence: run
                .evidence()
                .map_or(String::new(), |e| e.as_str().to_owned()),
            steps: run
                .steps(Pass::Forward)
                .iter()
                .map(|step| self.step(&step.name, step.role))
                .collect(),
            problem: failed.or_else(|| problem.map(|problem| problem.message.clone())),
            hints: problem.map_or(hints, |problem| problem.hints.clone()),
            by_hand,
        }
    }

    fn details(&self) -> Vec<(String, String)> {
        let mut details = commands(self.snapshot, self.state, Some(&self.context_builder.run));
        if let Some(signal) = self.run.signal() {
            details.push(("cause".to_owned(), format!("signal {signal}")));
        }
        if self.late {
            details.push(("late".to_owned(), "true".to_owned()));
        }
        details
    }

    fn step(&self, name: &str, role: Role) -> (String, String) {
        let run = self.run;
        let receipt = run
            .receipts(Pass::Forward)
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, receipt)| receipt.summary.as_str());
        let failed = run.failure().is_some_and(|failure| failure.step == name);
        let (state, summary) = match (self.step_timings.running(name), receipt) {
            (Some(said), _) => ("running", said),
            (None, summary) if failed => ("failed", summary),
            (None, Some(summary)) => ("done", Some(summary)),
            (None, None) => ("not-begun", None),
        };
        let actions = run
            .proposals()
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, proposal)| {
                proposal
                    .actions
                    .iter()
                    .map(|act| [&act.what, &act.why])
                    .collect::<Vec<_>>()
            })
            .unwrap_or_default();
        let said = serde_json::json!({
            "state": state,
            "summary": summary,
            "ms": self.step_timings.took(name),
            "actions": actions,
            "role": role,
        });
        (name.to_owned(), said.to_string())
    }
}

/// What a notice says of the plan for whoever has to act: the word, and whole commands.
pub fn commands(
    snapshot: &PlanSnapshot,
    state: Option<&Path>,
    run: Option<&str>,
) -> Vec<(String, String)> {
    let hint = CommandHint {
        plan: &snapshot.file,
        state,
    };
    let mut details = Vec::new();
    if let Some(word) = &snapshot.confirm {
        details.push(("confirm".to_owned(), word.clone()));
    }
    details.push(("rollback".to_owned(), hint.rollback()));
    if let Some(run) = run {
        let run = run_summary::brief(run);
        details.push(("logs".to_owned(), hint.show(run)));
    }
    details
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use deployhost_engine::Event;
    use serde_json::Value;

    use super::*;
    use crate::scripted_run::{Played, history};

    fn snapshot() -> PlanSnapshot {
        PlanSnapshot::read(
            r#"{"name": "hello", "environment": "test", "confirm": "DEPLOY",
                "file": "/plans/my plan.toml", "more": 1, "notifiers": [{"name": "discord"}]}"#,
        )
    }

    /// The last event of these, as it is told.
    fn told(events: &[Event], state: Option<&Path>, late: bool) -> NotifierEvent {
        let run = Run::replay(events).unwrap();
        let mut step_timings = StepTimings::default();
        for (at, event) in events.iter().enumerate() {
            step_timings.see(event, 1000 * at as u64);
        }
        let (kind, problem) = match events.last().unwrap() {
            Event::Ended {
                outcome, problem, ..
            } => (outcome.as_str(), problem.clone()),
            _ => ("progress", None),
        };
        let context_builder = ContextBuilder {
            run: "0199c0de-0000-7000-8000-000000000000".into(),
            ..ContextBuilder::default()
        };
        let builder = NotificationBuilder {
            run: &run,
            step_timings: &step_timings,
            snapshot: &snapshot(),
            context_builder: &context_builder,
            state,
            late,
        };
        builder.event(
            kind,
            1000 * (events.len() - 1) as u64,
            problem.as_ref(),
            "discord",
        )
    }

    fn detail<'e>(event: &'e NotifierEvent, key: &str) -> Option<&'e str> {
        let details = &event.context.details;
        let found = details.iter().find(|(own, _)| own == key);
        found.map(|(_, value)| value.as_str())
    }

    fn steps(event: &NotifierEvent) -> Vec<(String, Value)> {
        let read = |(name, json): &(String, String)| {
            (name.clone(), serde_json::from_str::<Value>(json).unwrap())
        };
        event.steps.iter().map(read).collect()
    }

    #[test]
    fn it_gives_the_word_and_whole_commands() {
        let events = Played::new("r1", "v0", "v1").events();
        let event = told(&events, None, false);
        assert_eq!(event.kind, "succeeded");
        assert_eq!(detail(&event, "confirm"), Some("DEPLOY"));
        assert_eq!(
            detail(&event, "rollback"),
            Some("deployhost rollback --plan '/plans/my plan.toml'")
        );
        let logs = detail(&event, "logs").unwrap();
        assert!(logs.starts_with("deployhost show 0199c0de"), "{logs}");
        assert!(logs.ends_with(" --logs"), "{logs}");
        assert_eq!(detail(&event, "late"), None);
        assert_eq!(detail(&event, "cause"), None);
        // Of when it happened, whenever it is told.
        assert!(detail(&event, "local-time").unwrap().starts_with("19"));
        assert_eq!(event.duration_ms, event.at_unix_ms);

        let event = told(&events, Some(Path::new("/it's here")), true);
        assert_eq!(
            detail(&event, "rollback"),
            Some(r"deployhost rollback --plan '/plans/my plan.toml' --state '/it'\''s here'")
        );
        assert_eq!(detail(&event, "late"), Some("true"));
    }

    #[test]
    fn each_step_says_how_far_it_came() {
        let failing = Played {
            fails: &["verify health", "back app"],
            ..Played::new("r1", "v0", "v1")
        };
        let event = told(&failing.events(), None, false);
        assert_eq!(event.kind, "needs-operator");
        let steps = steps(&event);
        let of = |key: &str| {
            steps
                .iter()
                .map(|(_, it)| it[key].clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(of("state"), ["done", "done", "failed"].map(Value::from));
        assert_eq!(of("role"), ["change", "change", "verify"].map(Value::from));
        assert_eq!(steps[0].1["summary"], "code is there");
        assert_eq!(steps[0].1["actions"][0][0], "bring code");
        assert_eq!(event.by_hand, ["put code back", "put app back"]);
        assert!(event.problem.unwrap().ends_with(": no"));
    }

    #[test]
    fn a_step_that_was_at_it_when_the_run_was_killed_is_still_running() {
        let killed = Played {
            dies: Some("apply app"),
            ..Played::new("r1", "v0", "v1")
        };
        let mut events = killed.events();
        events.push(Event::Progress {
            step: "app".into(),
            done: 1,
            total: 3,
            message: "waiting for web".into(),
        });
        let event = told(&events, None, false);
        let app = &steps(&event)[1].1;
        assert_eq!(app["state"], "running");
        assert_eq!(app["summary"], "1 of 3, waiting for web");
        assert_eq!(steps(&event)[2].1["state"], "not-begun");
        assert_eq!(detail(&event, "cause"), None);
        events.push(Event::Stopping { signal: 2 });
        let event = told(&events, None, false);
        assert_eq!(detail(&event, "cause"), Some("signal 2"));
    }

    #[test]
    fn what_no_step_says_went_wrong_is_said_all_the_same() {
        let declined = Played {
            confirm: true,
            fails: &["confirm"],
            ..Played::new("r1", "v0", "v1")
        };
        let event = told(&declined.events(), None, false);
        assert_eq!(event.kind, "cancelled");
        assert_eq!(event.problem.as_deref(), Some("nobody said yes"));
    }

    #[test]
    fn a_way_back_names_both_commits() {
        let back = Played {
            fails: &["verify health"],
            release: history(&[Played::new("r0", "", "v0")]).release(),
            ..Played::new("r1", "v0", "v1")
        };
        let event = told(&back.events(), None, false);
        assert_eq!(event.kind, "rolled-back");
        assert_eq!(detail(&event, "tried"), Some("v1v1v1"));
        assert_eq!(event.context.commit.unwrap().id, "v0v0v0");
    }
}
