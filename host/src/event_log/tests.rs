#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::atomic::{AtomicBool, Ordering};

use deployhost_engine::Pass;

use super::*;
use crate::scripted_run::{Played, problem};
use deployhost_policy::secret::{Secret, SecretKind};
use deployhost_runtime::capability::http::Origin;

/// A journal and an onlooker that remember, in one list, who was first.
#[derive(Clone, Default)]
struct DeliveryWorker {
    seen: Arc<Mutex<Vec<String>>>,
    full: Arc<AtomicBool>,
}

impl DeliveryWorker {
    fn seen(&self) -> Vec<String> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

impl EventStore for DeliveryWorker {
    fn append(&mut self, events: &[Vec<u8>]) -> Result<(), Diagnostic> {
        if self.full.load(Ordering::Relaxed) {
            return Err(problem("disk full"));
        }
        let texts = events.iter().map(|bytes| {
            let event: Event = serde_json::from_slice(bytes).unwrap();
            said(&event)
        });
        let line = format!("written {}", texts.collect::<Vec<_>>().join(", "));
        self.seen.lock().unwrap().push(line);
        Ok(())
    }
}

impl EventSubscriber for DeliveryWorker {
    fn event(&mut self, event: &Event, run: &Run) {
        let line = format!("shown {} ({})", said(event), run.status().as_str());
        self.seen.lock().unwrap().push(line);
    }
}

fn said(event: &Event) -> String {
    match event {
        Event::Log { line, .. } => format!("log {line}"),
        Event::Effect { what, .. } => format!("effect {what}"),
        event => event.kind().as_str().to_owned(),
    }
}

fn planning() -> Event {
    Event::Planning {
        step: "code".into(),
        attempt: 1,
    }
}

fn opened(secrets: &[Arc<Secret>]) -> (DeliveryWorker, Arc<EventLog>) {
    let worker = DeliveryWorker::default();
    let spec = Played::new("run", "old", "new").spec();
    let event_log = EventLog::open(
        spec.into(),
        Box::new(worker.clone()),
        vec![Box::new(worker.clone())],
        Redactor::new(secrets).unwrap(),
    );
    let event_log = Arc::new(event_log.unwrap());
    assert_eq!(worker.seen(), ["written opened", "shown opened (opened)"]);
    (worker, event_log)
}

fn step(event_log: &Arc<EventLog>) -> StepRecorder {
    StepRecorder {
        event_log: event_log.clone(),
        step: "code".into(),
    }
}

fn token(value: &str) -> Arc<Secret> {
    let origin = Origin::parse("https://a.example").unwrap();
    Arc::new(Secret::new("key", SecretKind::Token, origin, value).unwrap())
}

#[test]
fn what_happened_is_written_before_it_is_shown() {
    let (worker, event_log) = opened(&[]);
    event_log.record(planning()).unwrap();
    assert_eq!(
        worker.seen(),
        ["written planning", "shown planning (planning)"]
    );
}

#[test]
fn a_signal_between_two_steps_takes_the_place_of_the_next_one() {
    let (worker, event_log) = opened(&[]);
    let action = event_log.next();
    let event = action.event().unwrap();
    assert_eq!(event, planning());
    event_log.record(Event::Stopping { signal: 2 }).unwrap();
    worker.seen();
    // Recorded plainly, this would be the end of the run: it is not what comes next any more.
    assert!(matches!(
        event_log.record(event.clone()),
        Err(RecordError::Illegal(_))
    ));
    assert!(!event_log.record_next(&action, event).unwrap());
    assert!(worker.seen().is_empty());
    let instead = event_log.next();
    assert!(matches!(instead, Action::End { .. }), "{instead:?}");
    let event = instead.event().unwrap();
    assert!(event_log.record_next(&instead, event).unwrap());
    assert_eq!(worker.seen(), ["written ended", "shown ended (ended)"]);
}

#[test]
fn what_cannot_be_written_has_not_happened() {
    let (worker, event_log) = opened(&[]);
    worker.full.store(true, Ordering::Relaxed);
    let before = event_log.look(Run::clone);
    let broken = event_log.record(planning()).unwrap_err();
    assert_eq!(broken, RecordError::Journal(problem("disk full")));
    assert_eq!(
        broken.to_string(),
        "the journal cannot be written: disk full"
    );
    assert_eq!(event_log.look(Run::clone), before);
    assert!(worker.seen().is_empty());
    // With room again it goes on from where it was.
    worker.full.store(false, Ordering::Relaxed);
    event_log.record(planning()).unwrap();
    assert_eq!(worker.seen().len(), 2);
}

#[test]
fn a_run_that_cannot_be_opened_is_not_begun() {
    let worker = DeliveryWorker::default();
    worker.full.store(true, Ordering::Relaxed);
    let open = |event: Event, worker: &DeliveryWorker| {
        EventLog::open(
            event,
            Box::new(worker.clone()),
            vec![Box::new(worker.clone())],
            Redactor::new(&[]).unwrap(),
        )
        .err()
    };
    let spec = Played::new("run", "old", "new").spec();
    let broken = open(spec.into(), &worker);
    assert_eq!(broken, Some(RecordError::Journal(problem("disk full"))));
    let worker = DeliveryWorker::default();
    assert!(matches!(
        open(planning(), &worker),
        Some(RecordError::Illegal(_))
    ));
    assert!(worker.seen().is_empty());
}

#[test]
fn what_may_not_happen_now_is_neither_written_nor_shown() {
    let (worker, event_log) = opened(&[]);
    let before = event_log.look(Run::clone);
    for event in [
        Event::Started,
        Event::Undone {
            step: "code".into(),
        },
        Event::Failed {
            step: "code".into(),
            pass: Pass::Forward,
            problem: problem("no"),
            temporary: false,
        },
    ] {
        assert!(matches!(
            event_log.record(event),
            Err(RecordError::Illegal(_))
        ));
    }
    assert_eq!(event_log.look(Run::clone), before);
    assert!(worker.seen().is_empty());
}

#[test]
fn log_lines_are_shown_at_once_and_written_with_the_next_event() {
    let (worker, event_log) = opened(&[]);
    event_log.record(planning()).unwrap();
    worker.seen();
    step(&event_log).log("info", "one");
    step(&event_log).log("info", "two");
    assert_eq!(
        worker.seen(),
        ["shown log one (planning)", "shown log two (planning)"]
    );
    let failed = Event::Failed {
        step: "code".into(),
        pass: Pass::Forward,
        problem: problem("no"),
        temporary: false,
    };
    event_log.record(failed).unwrap();
    assert_eq!(
        worker.seen(),
        ["written log one, log two, failed", "shown failed (opened)"]
    );
    // Once: the next event is written alone.
    step(&event_log).progress(1, 2, "half");
    assert_eq!(worker.seen(), ["shown progress (opened)"]);
}

#[test]
fn many_log_lines_do_not_wait() {
    let (worker, event_log) = opened(&[]);
    for _ in 0..LOG_LINES {
        step(&event_log).log("info", "x");
    }
    let written = |worker: &DeliveryWorker| {
        let seen = worker.seen();
        let lines = seen.iter().filter(|line| line.starts_with("written"));
        lines.map(|line| line.matches("log").count()).sum::<usize>()
    };
    assert_eq!(written(&worker), LOG_LINES);
    // A full disk loses none of them.
    worker.full.store(true, Ordering::Relaxed);
    for _ in 0..LOG_LINES + 10 {
        step(&event_log).log("info", "x");
    }
    assert_eq!(written(&worker), 0);
    worker.full.store(false, Ordering::Relaxed);
    event_log.record(planning()).unwrap();
    assert_eq!(written(&worker), LOG_LINES + 10);
}

#[tokio::test]
async fn an_intent_that_is_not_durable_is_none() {
    let (worker, event_log) = opened(&[]);
    // Nothing is being applied: it would be our bug, and must not act.
    assert!(step(&event_log).begin("restart app".into()).await.is_err());
    assert!(worker.seen().is_empty());
    for event in Played::new("run", "old", "new").events().split_off(1) {
        let applying = matches!(event, Event::Applying { .. });
        event_log.record(event).unwrap();
        if applying {
            break;
        }
    }
    worker.seen();
    worker.full.store(true, Ordering::Relaxed);
    let refused = step(&event_log).begin("restart app".into()).await;
    assert_eq!(
        refused.unwrap_err().message,
        "the journal cannot be written: disk full"
    );
    assert!(!event_log.look(Run::began_change));
    worker.full.store(false, Ordering::Relaxed);
    assert_eq!(step(&event_log).begin("restart app".into()).await, Ok(()));
    assert!(event_log.look(Run::began_change));
    assert_eq!(
        worker.seen(),
        [
            "written effect restart app",
            "shown effect restart app (applying)"
        ]
    );
}

#[test]
fn no_secret_is_written_or_shown() {
    let (worker, event_log) = opened(&[token("hunter2-hunter2")]);
    step(&event_log).log("info", "key=hunter2-hunter2;");
    event_log.record(planning()).unwrap();
    assert_eq!(
        worker.seen(),
        [
            "shown log key=[secret key]; (opened)",
            "written log key=[secret key];, planning",
            "shown planning (planning)"
        ]
    );
    let failed = Event::Failed {
        step: "code".into(),
        pass: Pass::Forward,
        problem: problem("hunter2-hunter2").note("not hunter2-hunter2"),
        temporary: false,
    };
    event_log.record(failed).unwrap();
    let failure = event_log.look(|run| format!("{:?}", run.failure()));
    assert!(failure.contains("[secret key]"), "{failure}");
    assert!(!failure.contains("hunter2"), "{failure}");
}

/// Nobody should have such a secret; whoever has one is protected all the same.
#[test]
fn a_secret_that_looks_like_the_journal_is_kept_too() {
    for value in [
        "permanent-step",
        "rolling-back",
        "temporary",
        "\"event\":\"log\"",
        "\",\"line\":\"",
        "a\"quote\\ed",
        "two\nlines of it",
    ] {
        let redactor = Redactor::new(&[token(value)]).unwrap();
        let event = Event::RollingBack {
            to: "r1".into(),
            because: problem(&format!("it said <{value}>")),
        };
        let Event::RollingBack { to, because } = clean(&redactor, event) else {
            panic!("{value:?} made it another event")
        };
        assert_eq!(to, "r1");
        assert_eq!(because.message, "it said <[secret key]>", "{value:?}");
    }
}
