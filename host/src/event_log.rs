//! The one place where something that happened becomes durable: check, journal, record, tell.
//!
//! Owns the run under way and what is still to be written. Does not own the journal's form, nor
//! what people are shown.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use deployhost_engine::{Action, Event, Run};
use serde_json::Value;

use crate::capability::call::Recorder;
use crate::capability::secret::Redactor;

/// Where events are kept. Correctness of recovery rests on it: when `append` returns, the events
/// survive a crash of the machine; a crash before that may keep all of them or none.
pub trait EventStore: Send {
    /// Writes events, each one JSON, in one step. An error means that they may not be there.
    fn append(&mut self, events: &[Vec<u8>]) -> Result<(), String>;
}

/// Whoever looks on: the terminal, `--json`, the queue of notices.
pub trait EventSubscriber: Send {
    /// `run` is the run with the event already in it.
    fn event(&mut self, event: &Event, run: &Run);
}

/// Log lines wait for the next event that must be durable, but not longer than this.
const LOG_WAIT: Duration = Duration::from_secs(1);
const LOG_LINES: usize = 64;

/// Why an event could not be recorded: the run cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordError {
    /// The engine says that this may not happen now: a bug of ours.
    Illegal(String),
    /// The journal could not be written: the disk's fault.
    Journal(String),
}

impl std::fmt::Display for RecordError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Illegal(why) => write!(f, "this run got lost: {why}"),
            Self::Journal(why) => write!(f, "the journal cannot be written: {why}"),
        }
    }
}

/// The run under way and its journal; shared by the drive, the plugins' calls and the notices.
pub struct EventLog {
    inner: Mutex<EventLogState>,
    redactor: Arc<Redactor>,
}

struct EventLogState {
    run: Run,
    journal: Box<dyn EventStore>,
    subscribers: Vec<Box<dyn EventSubscriber>>,
    /// Log lines that are shown but not yet durable.
    waiting: Vec<Vec<u8>>,
    since: Instant,
}

impl EventLog {
    /// Begins a run: its opening is durable when this returns.
    pub fn open(
        opened: Event,
        mut journal: Box<dyn EventStore>,
        mut subscribers: Vec<Box<dyn EventSubscriber>>,
        redactor: Redactor,
    ) -> Result<Self, RecordError> {
        let opened = clean(&redactor, opened);
        let run =
            Run::open(&opened).map_err(|illegal| RecordError::Illegal(illegal.to_string()))?;
        journal
            .append(&[bytes(&opened)?])
            .map_err(RecordError::Journal)?;
        for subscriber in &mut subscribers {
            subscriber.event(&opened, &run);
        }
        let inner = EventLogState {
            run,
            journal,
            subscribers,
            waiting: Vec::new(),
            since: Instant::now(),
        };
        Ok(Self {
            inner: Mutex::new(inner),
            redactor: Arc::new(redactor),
        })
    }

    /// Writes on in a run that is over: what became of it is still to be told, and nobody looks on.
    pub fn resume(run: Run, journal: Box<dyn EventStore>, redactor: Redactor) -> Self {
        let inner = EventLogState {
            run,
            journal,
            subscribers: Vec::new(),
            waiting: Vec::new(),
            since: Instant::now(),
        };
        Self {
            inner: Mutex::new(inner),
            redactor: Arc::new(redactor),
        }
    }

    /// What the engine wants next.
    pub fn next(&self) -> Action {
        self.lock().run.next()
    }

    /// Looks at the run.
    pub fn look<T>(&self, look: impl FnOnce(&Run) -> T) -> T {
        look(&self.lock().run)
    }

    /// Takes in what happened: durable when this returns.
    pub fn record(&self, event: Event) -> Result<(), RecordError> {
        let event = clean(&self.redactor, event);
        let mut inner = self.lock();
        let mut run = inner.run.clone();
        run.record(&event)
            .map_err(|illegal| RecordError::Illegal(illegal.to_string()))?;
        let mut events = std::mem::take(&mut inner.waiting);
        events.push(bytes(&event)?);
        inner
            .journal
            .append(&events)
            .map_err(RecordError::Journal)?;
        inner.run = run;
        inner.show(&event);
        Ok(())
    }

    /// Shows a log line at once and writes it with the next event.
    fn note(&self, event: Event) {
        let event = clean(&self.redactor, event);
        let mut inner = self.lock();
        if let Ok(bytes) = bytes(&event) {
            if inner.waiting.is_empty() {
                inner.since = Instant::now();
            }
            inner.waiting.push(bytes);
        }
        if inner.waiting.len() >= LOG_LINES || inner.since.elapsed() > LOG_WAIT {
            let events = std::mem::take(&mut inner.waiting);
            // What cannot be written now fails loudly with the next event that matters.
            if inner.journal.append(&events).is_err() {
                inner.waiting = events;
            }
        }
        inner.show(&event);
    }

    /// Shows what says nothing that outlives it.
    fn show(&self, event: Event) {
        let event = clean(&self.redactor, event);
        self.lock().show(&event);
    }

    /// Writes the log lines that no later event took along.
    pub fn flush(&self) -> Result<(), RecordError> {
        let mut inner = self.lock();
        let events = std::mem::take(&mut inner.waiting);
        inner.journal.append(&events).map_err(RecordError::Journal)
    }

    fn lock(&self) -> MutexGuard<'_, EventLogState> {
        // A watcher that panicked has lost its output, not the run.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventLogState {
    fn show(&mut self, event: &Event) {
        for subscriber in &mut self.subscribers {
            subscriber.event(event, &self.run);
        }
    }
}

/// The event as one line of the journal.
fn bytes(event: &Event) -> Result<Vec<u8>, RecordError> {
    serde_json::to_vec(event).map_err(|error| RecordError::Illegal(error.to_string()))
}

/// The second wall against secrets: nothing that could carry one gets any further.
///
/// Text by text, so that a secret which happens to be a word of ours costs no more than itself.
fn clean(redactor: &Redactor, event: Event) -> Event {
    let Ok(mut told) = serde_json::to_value(&event) else {
        return event;
    };
    let mut found = Vec::new();
    texts(&told, &mut String::new(), &mut |pointer, text| {
        if let Cow::Owned(redacted) = redactor.redact(text) {
            found.push((pointer.to_owned(), redacted));
        }
    });
    let mut clean = event;
    for (pointer, redacted) in found {
        let Some(text) = told.pointer_mut(&pointer) else {
            continue;
        };
        let original = std::mem::replace(text, redacted.into());
        match serde_json::from_value(told.clone()) {
            Ok(event) => clean = event,
            // A word of the journal, not somebody's text: it says nothing that is not known.
            Err(_) => told
                .pointer_mut(&pointer)
                .map_or((), |text| *text = original),
        }
    }
    clean
}

/// Every text of a value, with its JSON pointer. Keys are the journal's own words.
fn texts(value: &Value, pointer: &mut String, tell: &mut impl FnMut(&str, &str)) {
    let mut below = |key: &str, value: &Value, tell: &mut _| {
        let end = pointer.len();
        pointer.push('/');
        pointer.push_str(key);
        texts(value, pointer, tell);
        pointer.truncate(end);
    };
    match value {
        Value::String(text) => tell(pointer, text),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                below(&index.to_string(), item, tell);
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields {
                below(key, field, tell);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The scribe as the call of one step knows it.
pub struct StepRecorder {
    pub event_log: Arc<EventLog>,
    pub step: String,
}

#[async_trait]
impl Recorder for StepRecorder {
    async fn begin(&self, what: String) -> Result<(), String> {
        let event = Event::Effect {
            step: self.step.clone(),
            what,
        };
        self.event_log
            .record(event)
            .map_err(|broken| broken.to_string())
    }

    fn log(&self, level: &str, line: &str) {
        self.event_log.note(Event::Log {
            step: self.step.clone(),
            level: level.to_owned(),
            line: line.to_owned(),
        });
    }

    fn progress(&self, done: u32, total: u32, message: &str) {
        self.event_log.show(Event::Progress {
            step: self.step.clone(),
            done,
            total,
            message: message.to_owned(),
        });
    }

    fn redactor(&self) -> Option<Arc<Redactor>> {
        Some(self.event_log.redactor.clone())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use deployhost_engine::{Pass, Problem};

    use super::*;
    use crate::capability::http::Origin;
    use crate::capability::secret::{Secret, SecretKind};
    use crate::scripted_run::Played;

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
        fn append(&mut self, events: &[Vec<u8>]) -> Result<(), String> {
            if self.full.load(Ordering::Relaxed) {
                return Err("disk full".into());
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
    fn what_cannot_be_written_has_not_happened() {
        let (worker, event_log) = opened(&[]);
        worker.full.store(true, Ordering::Relaxed);
        let before = event_log.look(Run::clone);
        let broken = event_log.record(planning()).unwrap_err();
        assert_eq!(broken, RecordError::Journal("disk full".into()));
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
        assert_eq!(broken, Some(RecordError::Journal("disk full".into())));
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
                problem: Problem::permanent("no"),
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
            problem: Problem::permanent("no"),
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
            refused,
            Err("the journal cannot be written: disk full".into())
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
            problem: Problem::permanent("hunter2-hunter2").hint("not hunter2-hunter2"),
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
                because: format!("it said <{value}>"),
            };
            let Event::RollingBack { to, because } = clean(&redactor, event) else {
                panic!("{value:?} made it another event")
            };
            assert_eq!(to, "r1");
            assert_eq!(because, "it said <[secret key]>", "{value:?}");
        }
    }
}
