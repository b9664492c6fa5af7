//! The only loop: asks the engine what is next, does it, has it journaled and recorded.
//!
//! Owns no decision about a deployment: those are the engine's. Owns time: pauses, deadlines, and
//! the signal that stops a run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use deployhost_engine::{Action, Event, Evidence, Pass, Release};
use deployhost_policy::Diagnostic;
use deployhost_policy::http::{Origin, Target};
use tokio::sync::watch;

use crate::bound_plan::{BoundEntry, BoundPlan};
use crate::context::ContextBuilder;
use crate::convert::{self, CallResult};
use crate::event_log::{EventLog, RecordError, StepRecorder};
use deployhost_runtime::capabilities::Ports;
use deployhost_runtime::capability::call::{Call, Phase, Recorder, Stop, until_stopped};
use deployhost_runtime::capability::containers::PlanContainers;
use deployhost_runtime::capability::observations::ObservedDeployment;
use deployhost_runtime::sandbox::{Limits, PluginCall, Sandbox};

/// Asks a person, or what was given on the command line.
#[async_trait]
pub trait Confirm: Send + Sync {
    /// `Ok`: by whom or by what it was confirmed. `Err`: why it was not.
    async fn ask(&self) -> Result<String, Diagnostic>;
}

/// One run, put together by the environment.
pub struct Executor {
    pub sandbox: Arc<Sandbox>,
    pub ports: Ports,
    pub event_log: Arc<EventLog>,
    /// The run's own plan, or the release that is carried out.
    pub forward: Arc<BoundPlan>,
    /// The release that a rollback leads to; absent: it is carried out with the run's own plan.
    pub back: Option<Arc<BoundPlan>>,
    /// A look: each step is asked what it would do to bring this release about, and nothing is
    /// fetched for the answer.
    pub looks_for: Option<Release>,
    pub context_builder: ContextBuilder,
    pub confirm: Box<dyn Confirm>,
    /// True once the run is to stop.
    pub stop: Stop,
}

impl Executor {
    /// Runs to the end. An error means that the run could not be recorded any further.
    pub async fn run(&self) -> Result<(), RecordError> {
        let mut deadline = Deadline::new(self.forward.timeout);
        loop {
            match self.event_log.next() {
                Action::Nothing => return Ok(()),
                Action::Confirm => self.confirm().await?,
                action => match (action.step().zip(action.pass()), action.event()) {
                    (Some((step, pass)), Some(intent)) => {
                        self.call(&action, step, pass, intent, &deadline).await?;
                    }
                    (_, Some(event)) => {
                        if matches!(event, Event::RollingBack { .. }) {
                            // Of its own: what went wrong may have eaten the first.
                            deadline = Deadline::new(self.bound_plan(Pass::Back).timeout);
                        }
                        self.event_log.record_next(&action, event)?;
                    }
                    (_, None) => {}
                },
            }
        }
    }

    async fn confirm(&self) -> Result<(), RecordError> {
        let answer = tokio::select! {
            answer = self.confirm.ask() => answer,
            () = until_stopped(self.stop.clone()) => {
                Err(Diagnostic::new("run.stopped", "the run was stopped"))
            }
        };
        self.event_log.record(match answer {
            Ok(by) => Event::Confirmed { by },
            Err(reason) => Event::Declined { reason },
        })
    }

    /// Announces a call to a plugin, makes it, and records what came of it.
    async fn call(
        &self,
        action: &Action,
        name: &str,
        pass: Pass,
        intent: Event,
        deadline: &Deadline,
    ) -> Result<(), RecordError> {
        if self.pause(action).await {
            // Told to stop while waiting: what was asked for no longer holds.
            return Ok(());
        }
        if !self.event_log.record_next(action, intent)? {
            return Ok(());
        }
        let answer = match self.bound_plan(pass).step(name) {
            Some(step) => self.plugin(action, step, pass, deadline).await,
            None => {
                let message = format!("the plan that this run goes back to has no step {name}");
                CallResult::failed(Diagnostic::new("release.step-missing", message))
            }
        };
        self.event_log
            .record(convert::result(action, name, pass, answer))
    }

    /// Waits before another attempt; true when the run was told to stop meanwhile.
    async fn pause(&self, action: &Action) -> bool {
        let wait = Duration::from_millis(action.pause_ms());
        if wait.is_zero() {
            return false;
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => false,
            () = until_stopped(self.stop_of(action.pass())) => true,
        }
    }

    async fn plugin(
        &self,
        action: &Action,
        bound: &BoundEntry,
        pass: Pass,
        deadline: &Deadline,
    ) -> CallResult {
        let record = StepRecorder {
            event_log: self.event_log.clone(),
            step: bound.name.clone(),
        };
        let phase = match action {
            Action::Plan { .. } | Action::Replan { .. } => match self.looks_for {
                Some(_) => Phase::Looking,
                None => Phase::Reading,
            },
            _ => Phase::Acting,
        };
        let about = &self.bound_plan(pass).about;
        let context = &self.context_builder;
        let context = (self.event_log).look(|run| context.context(run, pass, about, &bound.name));
        let record: Arc<dyn Recorder> = Arc::new(record);
        let made = Call::new(phase, record.clone(), self.stop_of(Some(pass)));
        let deployment = ObservedDeployment {
            commit: context.commit.as_ref().map(|commit| commit.id.clone()),
            origin: about.url.as_deref().and_then(origin),
        };
        let made = Arc::new(made.about(deployment, self.containers(pass)));
        let call = PluginCall {
            sandbox: &self.sandbox,
            ports: &self.ports,
            grants: &bound.grants,
            call: made.clone(),
            limits: Limits::call(bound.timeout.min(deadline.left())),
        };
        let (plugin, config) = (&bound.plugin, bound.config.as_str());
        match action {
            Action::Plan { .. } => {
                let release = self.looks_for.as_ref();
                let pin = release.and_then(|it| it.pin(&bound.name));
                convert::proposal(call.plan(plugin, &context, config, pin).await)
            }
            Action::Replan { pin, .. } => {
                convert::proposal(call.plan(plugin, &context, config, pin.as_deref()).await)
            }
            Action::Apply { .. } | Action::Verify { .. } => {
                let pin = match action {
                    Action::Apply { pin, .. } => pin.as_deref(),
                    _ => None,
                };
                let said = call.apply(plugin, &context, config, pin).await;
                let seen = made.observations().evidence();
                let (result, claimed) = convert::receipt(said).capped(seen);
                if let Some(claimed) = claimed {
                    record.log("warn", &lowered(claimed, seen));
                }
                result
            }
            Action::Undo { receipt, .. } => {
                let receipt = receipt.as_ref().map(convert::receipt_for_guest);
                let said = call.undo(plugin, &context, config, receipt.as_ref()).await;
                convert::undone(said)
            }
            _ => CallResult::failed(Diagnostic::new("run.lost", "not a call")),
        }
    }

    /// Those of all steps.
    fn containers(&self, pass: Pass) -> PlanContainers {
        let steps = self.bound_plan(pass).steps.iter();
        PlanContainers {
            grants: steps.flat_map(|it| it.grants.containers.clone()).collect(),
            port: self.ports.containers.clone(),
        }
    }

    fn bound_plan(&self, pass: Pass) -> &BoundPlan {
        match (pass, &self.back) {
            (Pass::Back, Some(back)) => back,
            _ => &self.forward,
        }
    }

    /// A stopped run still goes back: nothing stops that but a second signal.
    fn stop_of(&self, pass: Option<Pass>) -> Stop {
        match pass {
            Some(Pass::Forward) => self.stop.clone(),
            _ => watch::channel(false).1,
        }
    }
}

fn lowered(claimed: Evidence, seen: Option<Evidence>) -> String {
    let seen = seen.unwrap_or(Evidence::Applied);
    format!(
        "the plugin claims {}; by what deployhost itself saw in this call it is {}",
        claimed.as_str(),
        seen.as_str()
    )
}

fn origin(url: &str) -> Option<Origin> {
    Target::parse(url)
        .ok()
        .map(|target| target.origin().clone())
}

/// Whether the release is carried out with this plan's own plan and plugins.
pub fn same_plan(release: &Release, plan: &str, plugins: &[(String, String)]) -> bool {
    release.plan == plan && release.plugins == plugins
}

/// When a pass must be over.
struct Deadline(Instant);

impl Deadline {
    fn new(budget: Duration) -> Self {
        Self(Instant::now() + budget)
    }

    fn left(&self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}
