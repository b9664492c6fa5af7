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

use deployhost_policy::Diagnostic;
use deployhost_policy::secret::Redactor;
use deployhost_runtime::capability::call::Recorder;

/// Where events are kept. Correctness of recovery rests on it: when `append` returns, the events
/// survive a crash of the machine; a crash before that may keep all of them or none.
pub trait EventStore: Send {
    /// Writes events, each one JSON, in one step. An error means that they may not be there.
    fn append(&mut self, events: &[Vec<u8>]) -> Result<(), Diagnostic>;
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
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The engine says that this may not happen now: a bug of ours.
    #[error("this run got lost: {0}")]
    Illegal(String),
    /// The journal could not be written: the disk's fault.
    #[error("the journal cannot be written: {0}")]
    Journal(Diagnostic),
}

impl From<RecordError> for Diagnostic {
    fn from(error: RecordError) -> Self {
        let message = error.to_string();
        match error {
            RecordError::Illegal(_) => Self::new("run.lost", message)
                .help("please report this with deployhost show --json"),
            RecordError::Journal(_) => Self::new("journal.unwritable", message)
                .help("make room on the disk, then run again: the run is settled then"),
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
        self.lock().record(event)
    }

    /// Takes in the event of an action, where the engine still wants that action next. False: it
    /// does not, since a signal was recorded meanwhile, and nothing was taken in.
    pub fn record_next(&self, action: &Action, event: Event) -> Result<bool, RecordError> {
        let event = clean(&self.redactor, event);
        let mut inner = self.lock();
        if inner.run.next() != *action {
            return Ok(false);
        }
        inner.record(event).map(|()| true)
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
    fn record(&mut self, event: Event) -> Result<(), RecordError> {
        let mut run = self.run.clone();
        run.record(&event)
            .map_err(|illegal| RecordError::Illegal(illegal.to_string()))?;
        let mut events = std::mem::take(&mut self.waiting);
        events.push(bytes(&event)?);
        self.journal.append(&events).map_err(RecordError::Journal)?;
        self.run = run;
        self.show(&event);
        Ok(())
    }

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

/// The event log as the call of one step knows it.
pub struct StepRecorder {
    pub event_log: Arc<EventLog>,
    pub step: String,
}

#[async_trait]
impl Recorder for StepRecorder {
    async fn begin(&self, what: String) -> Result<(), Diagnostic> {
        let event = Event::Effect {
            step: self.step.clone(),
            what,
        };
        self.event_log.record(event).map_err(Diagnostic::from)
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
mod tests;
