//! Tells the notifiers of a plan what belongs to no run: a refusal, or an event that is made up.

use std::sync::Arc;

use deployhost_engine::Goal;
use futures_util::future::join_all;
use tokio::time::timeout;

use super::loader::Loader;
use super::records::history_in;
use super::root::Environment;
use super::target;
use crate::bound_plan::BoundEntry;
use crate::command_error::{CommandError, CommandErrorKind, Result};
use crate::context::ContextBuilder;
use crate::event_log::{EventLog, StepRecorder};
use crate::notify::{LINGER, NotifierClient, NullRecorder, PlanSnapshot, refusal};
use deployhost_adapters::lock_inheritance;
use deployhost_plan::{Entry, Plan};
use deployhost_policy::secret::Redactor;
use deployhost_policy::{Diagnostic, Location};
use deployhost_runtime::capability::call::Recorder;
use deployhost_runtime::capability::clock::now_unix_ms;
use deployhost_runtime::sandbox::NotifierEvent;

/// Notifiers with the adapters of an environment.
#[derive(Clone, Copy)]
pub struct NotificationService<'e> {
    pub(super) environment: &'e Environment,
}

impl<'e> NotificationService<'e> {
    pub fn new(environment: &'e Environment) -> Self {
        Self { environment }
    }

    pub(super) fn loader(self) -> Loader<'e> {
        Loader::new(self.environment)
    }

    /// Writes what a notifier logs into the run's journal.
    pub(super) fn client(self, event_log: &Arc<EventLog>, notifier: &str) -> NotifierClient {
        self.client_of(StepRecorder {
            event_log: event_log.clone(),
            step: notifier.to_owned(),
        })
    }

    fn client_of(self, record: impl Recorder + 'static) -> NotifierClient {
        NotifierClient {
            sandbox: self.environment.sandbox.clone(),
            ports: self.environment.ports.clone(),
            record: Arc::new(record),
        }
    }

    /// One notifier of a plan: whatever is wrong with the rest of it is no obstacle.
    pub(super) async fn bind(
        self,
        plan: &Plan,
        name: &str,
        bytes: impl Fn(&Entry) -> Result<(Location, Vec<u8>)>,
    ) -> Result<(BoundEntry, Redactor)> {
        let mut plan = plan.clone();
        plan.steps.clear();
        plan.notifiers.retain(|entry| entry.name.as_str() == name);
        let loaded = self.loader().load(&plan, bytes).await?;
        let mut bound = self.loader().bind(plan, &loaded, &[]).await?;
        let redactor = bound.redactor(None)?;
        let notifier = bound.bound_plan.notifiers.pop();
        let notifier = notifier
            .ok_or_else(|| CommandError::host("notifier.unknown", format!("no notifier {name}")))?;
        Ok((notifier, redactor))
    }

    /// Tells one notifier of a plan a notice of no run; why that was not possible, in words without
    /// secrets.
    pub(super) async fn tell(
        self,
        plan: &Plan,
        name: &str,
        event: &NotifierEvent,
        bytes: impl Fn(&Entry) -> Result<(Location, Vec<u8>)>,
    ) -> std::result::Result<(), Diagnostic> {
        let bound = self.bind(plan, name, bytes).await;
        let (notifier, redactor) = bound.map_err(|error| error.diagnostic)?;
        let mut event = event.clone();
        event.context.step = name.to_owned();
        let client = self.client_of(NullRecorder(Arc::new(redactor.clone())));
        let told = client.tell(&notifier, &event, None).await;
        told.map(drop)
            .map_err(|untold| untold.redacted(&redactor).into_problem())
    }

    /// What notices of no run are made of: the plan, and who and what it is about.
    pub(super) fn known(self, plan: &Plan) -> (PlanSnapshot, ContextBuilder) {
        let snapshot = plan.to_resolved_json().unwrap_or_default().to_string();
        let past = history_in(&self.environment.state, &target(plan)).unwrap_or_default();
        let context_builder = ContextBuilder {
            run: uuid::Uuid::now_v7().to_string(),
            actor: self.environment.invocation.actor.clone(),
            triggered: self.environment.invocation.commit.clone(),
            previous: past.commit(),
            ..ContextBuilder::default()
        };
        (PlanSnapshot::read(&snapshot), context_builder)
    }

    /// A plan that was to be carried out cannot be: its notifiers are told, as far as they can be.
    /// The error, with a warning for each that was not.
    pub(super) async fn refuse(
        self,
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
            self.environment.named_state(),
            now_unix_ms(),
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
