//! Tells the notifiers: a queue each, beside the run, never in its way.
//!
//! Owns delivery and its retries. What a notifier says or fails to say never changes a run; that it
//! failed is recorded with the run.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use deployhost_engine::{Event, Goal, Outcome, Pass, Run};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::bundle::{Bound, Bundle};
use crate::capability::call::{Call, Phase};
use crate::context::Facts;
use crate::ending::Ending;
use crate::sandbox::{Failure, Limits, Notice, NoticeEvent, Ports, Sandbox};
use crate::scribe::{Scribe, StepRecord, Watch};

/// How long a run waits for its last notices.
pub const LINGER: Duration = Duration::from_secs(10);
/// Pauses before trying a notice again.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];

/// What the notices of a run are made of.
pub struct Source {
    pub bundle: Arc<Bundle>,
    pub facts: Facts,
    pub plan_file: String,
}

/// The end of the queue that watches the run.
pub struct Queue {
    source: Source,
    senders: Vec<mpsc::UnboundedSender<NoticeEvent>>,
    began: Instant,
    since: HashMap<String, Instant>,
    took: HashMap<String, Duration>,
}

/// The end of the queue that delivers.
pub struct Desk {
    receivers: Vec<mpsc::UnboundedReceiver<NoticeEvent>>,
}

/// One queue for each notifier. A run has two notices, so they need no bound.
pub fn queue(source: Source) -> (Queue, Desk) {
    let (senders, receivers) = source
        .bundle
        .notifiers
        .iter()
        .map(|_| mpsc::unbounded_channel())
        .unzip();
    let queue = Queue {
        source,
        senders,
        began: Instant::now(),
        since: HashMap::new(),
        took: HashMap::new(),
    };
    (queue, Desk { receivers })
}

impl Watch for Queue {
    fn event(&mut self, event: &Event, run: &Run) {
        match event {
            Event::Applying { step, .. } | Event::Verifying { step, .. } => {
                self.since.insert(step.clone(), Instant::now());
            }
            Event::Applied { step, .. }
            | Event::Verified { step, .. }
            | Event::Failed { step, .. } => {
                if let Some(since) = self.since.get(step) {
                    self.took.insert(step.clone(), since.elapsed());
                }
            }
            Event::Started => self.send("started", run),
            Event::Ended {
                outcome: Outcome::Planned,
                ..
            } => {}
            Event::Ended { outcome, .. } => {
                self.send(outcome.as_str(), run);
                // Nothing comes after the end: the desk may close when it is done.
                self.senders.clear();
            }
            _ => {}
        }
    }
}

impl Queue {
    fn send(&self, kind: &str, run: &Run) {
        for (sender, notifier) in self.senders.iter().zip(&self.source.bundle.notifiers) {
            // A closed desk has stopped delivering, which it reports itself.
            let _closed = sender.send(self.notice(kind, run, &notifier.name));
        }
    }

    fn notice(&self, kind: &str, run: &Run, notifier: &str) -> NoticeEvent {
        let Source {
            bundle,
            facts,
            plan_file,
        } = &self.source;
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
        let ending = Ending::of(run, &bundle.about, plan_file, facts.previous.as_deref());
        let mut context = facts.context(run, told, &bundle.about, notifier);
        // A run that ends before a step could say its commit was about the job's. A rollback never is.
        if context.commit.is_none() && told == Pass::Forward && run.opening().goal == Goal::Deploy {
            context.commit = facts.triggered.clone();
        }
        if let (Pass::Back, Some(tried)) = (told, crate::ending::commit(run, Pass::Forward)) {
            context.details.push(("tried".to_owned(), tried.id));
        }
        NoticeEvent {
            kind: kind.to_owned(),
            context,
            at_unix_ms: now(),
            duration_ms: millis(self.began.elapsed()),
            evidence: run
                .evidence()
                .map_or(String::new(), |e| e.as_str().to_owned()),
            steps: run
                .steps(Pass::Forward)
                .iter()
                .map(|step| self.step(run, &step.name))
                .collect(),
            problem: ending.as_ref().and_then(|ending| ending.problem.clone()),
            hints: ending
                .as_ref()
                .map(|ending| ending.hints.clone())
                .unwrap_or_default(),
            by_hand: ending.map(|ending| ending.by_hand).unwrap_or_default(),
        }
    }

    fn step(&self, run: &Run, name: &str) -> (String, String) {
        let receipt = run
            .receipts(Pass::Forward)
            .iter()
            .find(|(own, _)| own == name);
        let failed = run.failure().is_some_and(|failure| failure.step == name);
        let state = match (receipt, failed) {
            (_, true) => "failed",
            (Some(_), false) => "done",
            (None, false) => "not-begun",
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
            "summary": receipt.map(|(_, receipt)| receipt.summary.as_str()),
            "ms": self.took.get(name).copied().map(millis),
            "actions": actions,
        });
        (name.to_owned(), said.to_string())
    }
}

impl Desk {
    /// Starts delivering beside the run; each task ends when its queue is empty and closed.
    pub fn open(
        self,
        sandbox: &Arc<Sandbox>,
        ports: &Ports,
        scribe: &Arc<Scribe>,
        bundle: &Arc<Bundle>,
    ) -> Vec<JoinHandle<()>> {
        self.receivers
            .into_iter()
            .enumerate()
            .map(|(index, receiver)| {
                let teller = Teller {
                    sandbox: sandbox.clone(),
                    ports: ports.clone(),
                    scribe: scribe.clone(),
                    bundle: bundle.clone(),
                    index,
                };
                tokio::spawn(teller.deliver(receiver))
            })
            .collect()
    }
}

/// Waits for the last notices; the number of notifiers that were not done in time.
pub async fn linger(desks: Vec<JoinHandle<()>>) -> usize {
    let until = tokio::time::Instant::now() + LINGER;
    let mut late = 0;
    for desk in desks {
        if tokio::time::timeout_at(until, desk).await.is_err() {
            late += 1;
        }
    }
    late
}

/// Calls one notifier.
struct Teller {
    sandbox: Arc<Sandbox>,
    ports: Ports,
    scribe: Arc<Scribe>,
    bundle: Arc<Bundle>,
    index: usize,
}

impl Teller {
    async fn deliver(self, mut receiver: mpsc::UnboundedReceiver<NoticeEvent>) {
        let Some(notifier) = self.bundle.notifiers.get(self.index) else {
            return;
        };
        let mut memory: Option<String> = None;
        while let Some(event) = receiver.recv().await {
            let told = self.tell(notifier, &event, memory.as_deref()).await;
            let (ok, problem) = match told {
                Ok(remembered) => {
                    memory = remembered.or(memory);
                    (true, None)
                }
                Err(problem) => (false, Some(problem)),
            };
            let told = self.scribe.record(Event::Notified {
                notifier: notifier.name.clone(),
                kind: event.kind.clone(),
                ok,
                problem,
                memory: memory.clone(),
            });
            if let Err(broken) = told {
                tracing::warn!(%broken, "a delivered notice could not be journaled");
            }
        }
    }

    async fn tell(
        &self,
        notifier: &Bound,
        event: &NoticeEvent,
        memory: Option<&str>,
    ) -> Result<Option<String>, String> {
        let mut pauses = PAUSES.iter();
        loop {
            let record = StepRecord {
                scribe: self.scribe.clone(),
                step: notifier.name.clone(),
            };
            let notice = Notice {
                sandbox: &self.sandbox,
                ports: &self.ports,
                granted: &notifier.granted,
                call: Arc::new(Call::new(
                    Phase::Acting,
                    Arc::new(record),
                    watch::channel(false).1,
                )),
                limits: Limits::call(notifier.timeout),
            };
            let said = notice
                .notify(&notifier.plugin, event, &notifier.config, memory)
                .await;
            let why = match said {
                Ok(Ok(memory)) => return Ok(memory),
                Ok(Err(Failure::Temporary(why))) => match pauses.next() {
                    Some(pause) => {
                        tokio::time::sleep(*pause).await;
                        continue;
                    }
                    None => why,
                },
                Ok(Err(Failure::Config(why) | Failure::Permanent(why) | Failure::Other(why))) => {
                    why
                }
                Err(fault) => fault.to_string(),
            };
            return Err(crate::translate::plain(&why));
        }
    }
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, millis)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
