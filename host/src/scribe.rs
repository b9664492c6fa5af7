//! The one place where something that happened becomes durable: check, journal, record, tell.
//!
//! Owns the run under way and what is still to be written. Does not own the journal's form, nor
//! what people are shown.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use deployhost_engine::{Action, Event, Run};

use crate::capability::call::Record;
use crate::capability::secret::Redactor;

/// Where events are kept. Correctness of recovery rests on it: when `append` returns, the events
/// survive a crash of the machine; a crash before that may keep all of them or none.
pub trait Journal: Send {
    /// Writes events, each one JSON, in one step. An error means that they may not be there.
    fn append(&mut self, events: &[Vec<u8>]) -> Result<(), String>;
}

/// Whoever looks on: the terminal, `--json`, the queue of notices.
pub trait Watch: Send {
    /// `run` is the run with the event already in it.
    fn event(&mut self, event: &Event, run: &Run);
}

/// Log lines wait for the next event that must be durable, but not longer than this.
const LOG_WAIT: Duration = Duration::from_secs(1);
const LOG_LINES: usize = 64;

/// Why an event could not be recorded: the run cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// The engine says that this may not happen now: a bug of ours.
    Illegal(String),
    /// The journal could not be written: the disk's fault.
    Journal(String),
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Illegal(why) => write!(f, "this run got lost: {why}"),
            Self::Journal(why) => write!(f, "the journal cannot be written: {why}"),
        }
    }
}

/// The run under way and its journal; shared by the drive, the plugins' calls and the notices.
pub struct Scribe {
    inner: Mutex<Inner>,
    redactor: Redactor,
}

struct Inner {
    run: Run,
    journal: Box<dyn Journal>,
    watchers: Vec<Box<dyn Watch>>,
    /// Log lines that are shown but not yet durable.
    waiting: Vec<Vec<u8>>,
    since: Instant,
}

impl Scribe {
    /// Begins a run: its opening is durable when this returns.
    pub fn open(
        opened: Event,
        mut journal: Box<dyn Journal>,
        mut watchers: Vec<Box<dyn Watch>>,
        redactor: Redactor,
    ) -> Result<Self, Broken> {
        let opened = clean(&redactor, opened);
        let run = Run::open(&opened).map_err(|illegal| Broken::Illegal(illegal.to_string()))?;
        journal
            .append(&[bytes(&opened)?])
            .map_err(Broken::Journal)?;
        for watcher in &mut watchers {
            watcher.event(&opened, &run);
        }
        let inner = Inner {
            run,
            journal,
            watchers,
            waiting: Vec::new(),
            since: Instant::now(),
        };
        Ok(Self {
            inner: Mutex::new(inner),
            redactor,
        })
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
    pub fn record(&self, event: Event) -> Result<(), Broken> {
        let event = clean(&self.redactor, event);
        let mut inner = self.lock();
        let mut run = inner.run.clone();
        run.record(&event)
            .map_err(|illegal| Broken::Illegal(illegal.to_string()))?;
        let mut events = std::mem::take(&mut inner.waiting);
        events.push(bytes(&event)?);
        inner.journal.append(&events).map_err(Broken::Journal)?;
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

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A watcher that panicked has lost its output, not the run.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn show(&mut self, event: &Event) {
        for watcher in &mut self.watchers {
            watcher.event(event, &self.run);
        }
    }
}

/// The event as one line of the journal.
fn bytes(event: &Event) -> Result<Vec<u8>, Broken> {
    serde_json::to_vec(event).map_err(|error| Broken::Illegal(error.to_string()))
}

/// The second wall against secrets: nothing that could carry one gets any further.
fn clean(redactor: &Redactor, event: Event) -> Event {
    let Ok(text) = serde_json::to_string(&event) else {
        return event;
    };
    match redactor.redact(&text) {
        std::borrow::Cow::Borrowed(_) => event,
        std::borrow::Cow::Owned(redacted) => serde_json::from_str(&redacted).unwrap_or(event),
    }
}

/// The scribe as the call of one step knows it.
pub struct StepRecord {
    pub scribe: Arc<Scribe>,
    pub step: String,
}

#[async_trait]
impl Record for StepRecord {
    async fn begin(&self, what: String) -> Result<(), String> {
        let event = Event::Effect {
            step: self.step.clone(),
            what,
        };
        self.scribe
            .record(event)
            .map_err(|broken| broken.to_string())
    }

    fn log(&self, level: &str, line: &str) {
        self.scribe.note(Event::Log {
            step: self.step.clone(),
            level: level.to_owned(),
            line: line.to_owned(),
        });
    }

    fn progress(&self, done: u32, total: u32, message: &str) {
        self.scribe.show(Event::Progress {
            step: self.step.clone(),
            done,
            total,
            message: message.to_owned(),
        });
    }
}
