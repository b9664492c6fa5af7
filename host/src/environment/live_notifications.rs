//! Tells notifiers beside a run, and of a refusal where there was to be one.

use std::path::Path;
use std::sync::Arc;

use deployhost_engine::{Event, Goal};
use futures_util::future::join_all;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, timeout, timeout_at};

use deployhost_policy::{Diagnostic, Location};

use super::outbox::DrainReport;
use super::records::read_history;
use super::root::Environment;
use super::target;
use crate::bound_plan::{BoundEntry, BoundPlan};
use crate::command_error::{CommandError, CommandErrorKind, Result};
use crate::context::ContextBuilder;
use crate::event_log::{EventLog, StepRecorder};
use crate::notify::{
    self, DeliveryWorker, LINGER, NotifierClient, NullRecorder, PlanSnapshot, refusal,
};
use deployhost_adapters::lock_inheritance;
use deployhost_plan::{Entry, Plan};
use deployhost_policy::secret::Redactor;
use deployhost_runtime::capability::call::Stop;
use deployhost_runtime::sandbox::NotifierEvent;

/// What is being told while a run is under way.
pub(super) struct LiveNotifications {
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
        let own = environment.clone().own(
            target.to_owned(),
            workers,
            bound_plan.clone(),
            event_log.clone(),
        );
        let others = environment
            .clone()
            .others(target.to_owned(), event_log.clone());
        Self {
            own: tokio::spawn(own),
            others: tokio::spawn(others),
        }
    }

    /// Waits for it, no longer than is decent, nor any more once it is told to stop; how many
    /// notices are left.
    pub(super) async fn linger(
        self,
        environment: &Environment,
        event_log: &EventLog,
        mut stop: Stop,
    ) -> usize {
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
            _ = stop.wait_for(|stop| *stop), if !stopped => false,
        };
        // Counted where it is durable, since what was cut off cannot say how far it came.
        if all { 0 } else { environment.count_pending() }
    }
}

impl Environment {
    async fn own(
        self: Arc<Self>,
        target: String,
        workers: Vec<DeliveryWorker>,
        bound_plan: Arc<BoundPlan>,
        event_log: Arc<EventLog>,
    ) -> bool {
        // The run before may still be telling how it ended: that comes first.
        let lease = self.lease(&target, None).await;
        let mut all = match &lease {
            Ok(Some(_)) => self.drain_beside(&target, &event_log).await,
            _ => false,
        };
        let mut delivering = JoinSet::new();
        for worker in workers {
            let (environment, bound_plan, event_log) =
                (self.clone(), bound_plan.clone(), event_log.clone());
            delivering.spawn(async move {
                let mut notifiers = bound_plan.notifiers.iter();
                let Some(notifier) = notifiers.find(|it| it.name == worker.notifier()) else {
                    return false;
                };
                let client = environment.client(&event_log, &notifier.name);
                worker.deliver(notifier, &client, &event_log).await
            });
        }
        while let Some(told) = delivering.join_next().await {
            all &= told.unwrap_or(false);
        }
        all
    }

    async fn others(self: Arc<Self>, but: String, event_log: Arc<EventLog>) -> bool {
        let mut all = true;
        for target in self.targets().unwrap_or_default() {
            if target == but {
                continue;
            }
            // Where somebody else is telling, it is theirs to say what is left.
            if let Ok(Some(_turn)) = self.lease(&target, Some(std::time::Duration::ZERO)).await {
                all &= self.drain_beside(&target, &event_log).await;
            }
        }
        all
    }

    /// Delivers what is pending of a target, and notes that in the run under way.
    async fn drain_beside(&self, target: &str, event_log: &EventLog) -> bool {
        // It may have ended while it waited for its turn.
        let run = event_log.look(|run| run.spec().run.clone());
        let drained = match self.drain(target, Some(&run)).await {
            Ok(drained) => drained,
            Err(error) => {
                tracing::warn!(%error, target, "what is owed cannot be told");
                return false;
            }
        };
        for text in notes(&drained) {
            if let Err(broken) = event_log.record(Event::Note { text }) {
                tracing::warn!(%broken, "a note could not be journaled");
            }
        }
        drained.left.is_empty()
    }

    /// Writes what a notifier logs into the run's journal.
    pub(super) fn client(&self, event_log: &Arc<EventLog>, notifier: &str) -> NotifierClient {
        NotifierClient {
            sandbox: self.sandbox.clone(),
            ports: self.ports.clone(),
            record: Arc::new(StepRecorder {
                event_log: event_log.clone(),
                step: notifier.to_owned(),
            }),
        }
    }

    /// One for notices of no run.
    fn quiet_client(&self, redactor: &Redactor) -> NotifierClient {
        NotifierClient {
            sandbox: self.sandbox.clone(),
            ports: self.ports.clone(),
            record: Arc::new(NullRecorder(Arc::new(redactor.clone()))),
        }
    }

    /// One notifier of a plan: whatever is wrong with the rest of it is no obstacle.
    pub(super) async fn notifier(
        &self,
        plan: &Plan,
        name: &str,
        bytes: impl Fn(&Entry) -> Result<(Location, Vec<u8>)>,
    ) -> Result<(BoundEntry, Redactor)> {
        let mut plan = plan.clone();
        plan.steps.clear();
        plan.notifiers.retain(|entry| entry.name.as_str() == name);
        let loaded = self.load(&plan, bytes).await?;
        let mut bound = self.bind(plan, &loaded, &[]).await?;
        let redactor = bound.redactor(None)?;
        let notifier = bound.bound_plan.notifiers.pop();
        let notifier = notifier
            .ok_or_else(|| CommandError::host("notifier.unknown", format!("no notifier {name}")))?;
        Ok((notifier, redactor))
    }

    /// Tells one notifier of a plan a notice of no run; why that was not possible, in words without
    /// secrets.
    pub(super) async fn tell(
        &self,
        plan: &Plan,
        name: &str,
        event: &NotifierEvent,
        bytes: impl Fn(&Entry) -> Result<(Location, Vec<u8>)>,
    ) -> std::result::Result<(), Diagnostic> {
        let bound = self.notifier(plan, name, bytes).await;
        let (notifier, redactor) = bound.map_err(|error| error.diagnostic)?;
        let mut event = event.clone();
        event.context.step = name.to_owned();
        let told = self
            .quiet_client(&redactor)
            .tell(&notifier, &event, None)
            .await;
        told.map(drop)
            .map_err(|untold| untold.redacted(&redactor).into_problem())
    }

    /// What notices of no run are made of: the plan, and who and what it is about.
    pub(super) fn known(&self, plan: &Plan) -> (PlanSnapshot, ContextBuilder) {
        let snapshot = plan.to_resolved_json().unwrap_or_default().to_string();
        let past = read_history(Some(self.state.path()), &target(plan)).unwrap_or_default();
        let context_builder = ContextBuilder {
            run: uuid::Uuid::now_v7().to_string(),
            actor: self.invocation.actor.clone(),
            triggered: self.invocation.commit.clone(),
            previous: past.commit(),
            ..ContextBuilder::default()
        };
        (PlanSnapshot::read(&snapshot), context_builder)
    }

    pub(super) fn named_state(&self) -> Option<&Path> {
        self.named_state.as_deref()
    }

    /// A plan that was to be carried out cannot be: its notifiers are told, as far as they can be.
    /// The error, with a warning for each that was not.
    pub(super) async fn refusing(
        &self,
        error: CommandError,
        goal: Goal,
        plan: &Plan,
        bytes: impl Fn(&Entry) -> Result<(Location, Vec<u8>)>,
    ) -> CommandError {
        if error.kind != CommandErrorKind::Refused {
            return error;
        }
        // Nothing is under way any more.
        lock_inheritance::release();
        let (snapshot, mut context_builder) = self.known(plan);
        if goal == Goal::Release {
            // It is not the job's commit that could not be gone back to.
            context_builder.triggered = None;
        }
        let event = refusal(
            &snapshot,
            &context_builder,
            self.named_state(),
            notify::now(),
            &error.diagnostic,
        );
        let (event, bytes, because) = (&event, &bytes, &error.diagnostic);
        let told = plan.notifiers.iter().map(|entry| async move {
            let name = entry.name.as_str();
            let tell = self.tell(plan, name, event, bytes);
            let late = || Err(Diagnostic::new("notifier.timeout", "it took too long"));
            let told = timeout(LINGER, tell).await.unwrap_or_else(|_| late());
            // Where it is the notifier that cannot be bound, that has been said.
            told.err()
                .filter(|why| *why != *because)
                .map(|why| format!("warning: {name} could not be told of this: {why}"))
        });
        let lost: Vec<String> = join_all(told).await.into_iter().flatten().collect();
        lost.into_iter().fold(error, CommandError::note)
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
