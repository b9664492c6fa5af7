#![allow(clippy::unwrap_used)]

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
    assert_eq!(detail(&event, "signal"), None);
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
    assert!(event.problem.unwrap().message.ends_with(": no"));
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
    assert_eq!(detail(&event, "signal"), None);
    events.push(Event::Stopping { signal: 2 });
    let event = told(&events, None, false);
    assert_eq!(detail(&event, "signal"), Some("2"));
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
    assert_eq!(event.problem.unwrap().message, "nobody said yes");
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
