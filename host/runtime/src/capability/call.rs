//! What every host call of one plugin call goes through: is acting allowed now, is the intent
//! durable, how long did the host take.
//!
//! Owns no grant: what may be acted *on* is each capability's own rule.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tokio::sync::watch;

use deployhost_policy::Diagnostic;
use deployhost_policy::http::Origin;
use deployhost_policy::secret::Redactor;

use super::containers::PlanContainers;
use super::error::{CapabilityError, OfKind};
use super::observations::{Observations, ObservedDeployment};

/// How much of the world a plugin call may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// `describe` and `check`: nothing at all.
    Nothing,
    /// `plan` of a look at what is there: reads of this machine.
    Looking,
    /// `plan`: reads, and fetching into the host's own mirror.
    Reading,
    /// `apply`, `undo`, `notify`: what the grants allow.
    Acting,
}

/// Where effects, log lines and progress of a plugin call go.
///
/// Correctness of a run rests on `begin`: when it returns, the intent is durable, so that a crash
/// during the effect leaves a trace of it. A crash between the two leaves an intent without an
/// effect, which recovery treats as done.
#[async_trait]
pub trait Recorder: Send + Sync {
    /// A changing effect is about to happen: `what` in people's words, without secrets.
    ///
    /// An error means that the intent could not be written: the effect must not happen.
    async fn begin(&self, what: String) -> Result<(), Diagnostic>;
    fn log(&self, level: &str, line: &str);
    fn progress(&self, done: u32, total: u32, message: &str);
    /// What keeps the run's secrets out of texts; none: there are none.
    fn redactor(&self) -> Option<Arc<Redactor>> {
        None
    }
}

/// Told once when the run is to stop.
pub type Stop = watch::Receiver<bool>;

/// Waits for it. Where nobody can stop the run any more, this never ends.
pub async fn until_stopped(mut stop: Stop) {
    if stop.wait_for(|stopped| *stopped).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// One call of one plugin, as its capabilities see it.
pub struct Call {
    phase: Phase,
    record: Arc<dyn Recorder>,
    stop: Stop,
    observations: Observations,
    containers: Option<PlanContainers>,
    host_nanos: AtomicU64,
}

impl Call {
    pub fn new(phase: Phase, record: Arc<dyn Recorder>, stop: Stop) -> Self {
        Self {
            phase,
            record,
            stop,
            observations: Observations::default(),
            containers: None,
            host_nanos: AtomicU64::new(0),
        }
    }

    /// With what can be told of an answer: whose deployment it is about, and what it runs.
    pub fn about(self, deployment: ObservedDeployment, containers: PlanContainers) -> Self {
        Self {
            observations: Observations::of(deployment),
            containers: Some(containers),
            ..self
        }
    }

    /// Does a container of the deployment answer there?
    pub(super) async fn serves(&self, origin: &Origin) -> bool {
        match &self.containers {
            Some(containers) => containers.serve(origin).await,
            None => false,
        }
    }

    /// What the host saw while the call was made.
    pub fn observations(&self) -> &Observations {
        &self.observations
    }

    pub fn record(&self) -> &dyn Recorder {
        self.record.as_ref()
    }

    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Time spent in host calls so far: not billed to the guest.
    pub fn host_time(&self) -> Duration {
        Duration::from_nanos(self.host_nanos.load(Ordering::Relaxed))
    }

    /// Counts the time until the returned guard is dropped as the host's, not the guest's.
    pub fn billing(&self) -> HostTime<'_> {
        HostTime {
            call: self,
            since: Instant::now(),
        }
    }

    /// May the plugin look at the world in this call?
    pub fn may_read(&self) -> Result<(), CapabilityError> {
        match self.phase {
            Phase::Looking | Phase::Reading | Phase::Acting => Ok(()),
            Phase::Nothing => Err(Diagnostic::new(
                "phase.describing",
                "nothing may be read while a plugin is described or checked",
            )
            .denied()),
        }
    }

    /// May what a remote has be fetched into the host's own mirror?
    pub fn may_fetch(&self) -> Result<(), CapabilityError> {
        match self.phase {
            Phase::Looking => Err(Diagnostic::new(
                "phase.looking",
                "nothing is fetched while a target is only looked at",
            )
            .denied()),
            _ => self.may_read(),
        }
    }

    /// May the plugin do what changes nothing that runs: pull, build, keep an image?
    pub fn may_prepare(&self, what: &str) -> Result<(), CapabilityError> {
        match self.phase {
            Phase::Acting => Ok(()),
            _ => Err(
                Diagnostic::new("phase.planning", format!("{what}: not while planning")).denied(),
            ),
        }
    }

    /// May the plugin begin this changing effect? The intent is durable when this returns.
    pub async fn change(&self, what: String) -> Result<(), CapabilityError> {
        self.may_prepare(&what)?;
        let begun = self.record.begin(what).await;
        self.observations.changed();
        begun.map_err(|error| CapabilityError::other(error.of("the journal refused the intent")))
    }
}

/// While it lives, the clock runs on the host's account.
pub struct HostTime<'a> {
    call: &'a Call,
    since: Instant,
}

impl Drop for HostTime<'_> {
    fn drop(&mut self) {
        let nanos = u64::try_from(self.since.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.call.host_nanos.fetch_add(nanos, Ordering::Relaxed);
    }
}
