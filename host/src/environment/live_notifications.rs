//! Tells notifiers what happens in a run, beside it.

use std::sync::Arc;
use std::time::Duration;

use deployhost_engine::Event;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, timeout_at};

use super::notification_service::NotificationService;
use super::outbox::{DrainReport, Outbox};
use super::root::Environment;
use crate::bound_plan::BoundPlan;
use crate::event_log::EventLog;
use crate::notify::{DeliveryWorker, LINGER};
use deployhost_runtime::capability::call::{Stop, until_stopped};

/// What is being told while a run is under way.
pub(super) struct LiveNotifications {
    environment: Arc<Environment>,
    /// What is pending of the run's target, then what happens in the run. True: all of it was delivered.
    own: JoinHandle<bool>,
    /// What is pending of other targets.
    others: JoinHandle<bool>,
}

impl LiveNotifications {
    pub(super) fn begin(
        environment: &Arc<Environment>,
        target: &str,
        workers: Vec<DeliveryWorker>,
        bound_plan: &Arc<BoundPlan>,
        event_log: &Arc<EventLog>,
    ) -> Self {
        let delivery = LiveDelivery {
            environment: environment.clone(),
            target: target.to_owned(),
            event_log: event_log.clone(),
        };
        Self {
            environment: environment.clone(),
            own: tokio::spawn(delivery.clone().deliver_own(workers, bound_plan.clone())),
            others: tokio::spawn(delivery.deliver_others()),
        }
    }

    /// Waits for it, no longer than is decent, nor any more once it is told to stop; how many
    /// notices are left.
    pub(super) async fn linger(self, event_log: &EventLog, stop: Stop) -> usize {
        let stopped = event_log.look(|run| run.signal().is_some());
        let done = async {
            let until = Instant::now() + LINGER;
            let mut all = true;
            for task in [self.own, self.others] {
                all &= matches!(timeout_at(until, task).await, Ok(Ok(true)));
            }
            all
        };
        let all = tokio::select! {
            all = done => all,
            // What stopped the run is no reason not to tell of that.
            () = until_stopped(stop), if !stopped => false,
        };
        // Counted where it is durable, since what was cut off cannot say how far it came.
        match all {
            true => 0,
            false => Outbox::new(&self.environment).count_pending(),
        }
    }
}

/// What both tasks need.
#[derive(Clone)]
struct LiveDelivery {
    environment: Arc<Environment>,
    /// The run's.
    target: String,
    event_log: Arc<EventLog>,
}

impl LiveDelivery {
    async fn deliver_own(self, workers: Vec<DeliveryWorker>, bound_plan: Arc<BoundPlan>) -> bool {
        // The run before may still be telling how it ended: that comes first.
        let lease = Outbox::new(&self.environment)
            .lease(&self.target, None)
            .await;
        let mut all = match &lease {
            Ok(Some(_)) => self.drain(&self.target).await,
            _ => false,
        };
        let mut delivering = JoinSet::new();
        for worker in workers {
            let (this, bound_plan) = (self.clone(), bound_plan.clone());
            delivering.spawn(async move {
                let mut notifiers = bound_plan.notifiers.iter();
                let Some(notifier) = notifiers.find(|it| it.name == worker.notifier()) else {
                    return false;
                };
                let service = NotificationService::new(&this.environment);
                let client = service.client(&this.event_log, &notifier.name);
                worker.deliver(notifier, &client, &this.event_log).await
            });
        }
        while let Some(told) = delivering.join_next().await {
            all &= told.unwrap_or(false);
        }
        all
    }

    async fn deliver_others(self) -> bool {
        let outbox = Outbox::new(&self.environment);
        let mut all = true;
        for target in outbox.targets().unwrap_or_default() {
            if target == self.target {
                continue;
            }
            // Where somebody else delivers, it is theirs to say what is left.
            if let Ok(Some(_lease)) = outbox.lease(&target, Some(Duration::ZERO)).await {
                all &= self.drain(&target).await;
            }
        }
        all
    }

    /// Delivers what is pending of a target, and notes that in the run under way.
    async fn drain(&self, target: &str) -> bool {
        // It may have ended while it waited for the lease.
        let run = self.event_log.look(|run| run.spec().run.clone());
        let drained = Outbox::new(&self.environment)
            .drain(target, Some(&run))
            .await;
        let drained = match drained {
            Ok(drained) => drained,
            Err(error) => {
                tracing::warn!(%error, target, "pending notifications cannot be delivered");
                return false;
            }
        };
        for text in notes(&drained) {
            if let Err(broken) = self.event_log.record(Event::Note { text }) {
                tracing::warn!(%broken, "a note could not be journaled");
            }
        }
        drained.left.is_empty()
    }
}

/// What a run says of what was pending.
fn notes(drained: &DrainReport) -> Vec<String> {
    let mut notes: Vec<String> = drained
        .given_up
        .iter()
        .map(|told| format!("given up: {told}"))
        .collect();
    match drained.delivered.as_slice() {
        [] => {}
        [one] => notes.push(format!("told late: {one}")),
        [first, ..] => notes.push(format!(
            "told late: {} notices of earlier runs of {}",
            drained.delivered.len(),
            first.target
        )),
    }
    notes
}
