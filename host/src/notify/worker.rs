//! Delivers what waits in one notifier's line, beside the run, and journals what came of it.

use std::sync::Arc;
use std::time::Duration;

use deployhost_engine::Event;
use tokio::time::Instant;

use super::client::{DeliveryError, NotifierClient};
use deployhost_policy::Diagnostic;

use super::queue::NotificationQueue;
use crate::bound_plan::BoundEntry;
use crate::event_log::EventLog;

/// How far a step is, is told no more often than this, and no sooner after anything else.
const PROGRESS: Duration = Duration::from_secs(5);

pub struct DeliveryWorker {
    notifier: String,
    line: Arc<NotificationQueue>,
}

impl DeliveryWorker {
    pub(super) fn new(notifier: String, line: Arc<NotificationQueue>) -> Self {
        Self { notifier, line }
    }

    /// The name of its notifier.
    pub fn notifier(&self) -> &str {
        &self.notifier
    }

    /// Tells everything that comes, to the end of the run. False: its end is still to be told.
    pub async fn deliver(
        self,
        notifier: &BoundEntry,
        client: &NotifierClient,
        event_log: &EventLog,
    ) -> bool {
        let mut settled = true;
        let mut memory: Option<String> = None;
        let mut progress_from = Instant::now() + PROGRESS;
        let mut tells_progress = true;
        while let Some(event) = self.line.next(progress_from).await {
            if event.kind == "progress" {
                progress_from = Instant::now() + PROGRESS;
                if !tells_progress {
                    continue;
                }
                match client.once(notifier, &event, memory.as_deref()).await {
                    Ok(said) if said.is_some() && said != memory => {
                        memory = said;
                        record(
                            event_log,
                            told(&self.notifier, &event.kind, Ok(memory.clone())),
                        );
                    }
                    Ok(_) => {}
                    // The next one says more, and what matters says so itself if it is not taken.
                    Err(DeliveryError::Later(why)) => {
                        tracing::debug!(%why, "progress was not told")
                    }
                    Err(_) => tells_progress = false,
                }
                continue;
            }
            let mut said = client.tell(notifier, &event, memory.as_deref()).await;
            if let Ok(said) = &mut said {
                memory = said.take().or(memory);
                said.clone_from(&memory);
            }
            let never = matches!(said, Err(DeliveryError::Never(_)));
            settled = said.is_ok();
            progress_from = Instant::now() + PROGRESS;
            record(event_log, told(&self.notifier, &event.kind, said));
            if never {
                return true;
            }
        }
        settled
    }
}

/// What came of telling, as it is journaled.
fn told(notifier: &str, kind: &str, said: Result<Option<String>, DeliveryError>) -> Event {
    let notified = |ok, given_up, problem, memory| Event::Notified {
        notifier: notifier.to_owned(),
        kind: kind.to_owned(),
        ok,
        given_up,
        problem,
        memory,
    };
    match said {
        Ok(memory) => notified(true, false, None, memory),
        Err(DeliveryError::Never(why)) => {
            let message = format!("{why}; it is told nothing more of this run");
            let why = Diagnostic {
                message,
                location: None,
                help: None,
                ..why
            };
            notified(false, true, Some(why), None)
        }
        Err(untold) => notified(false, false, Some(untold.problem().clone()), None),
    }
}

fn record(event_log: &EventLog, event: Event) {
    if let Err(broken) = event_log.record(event) {
        tracing::warn!(%broken, "what came of a notice could not be journaled");
    }
}
