//! What one call of one plugin holds: its capabilities with their grants, and its limiter.

use std::sync::Arc;

use super::call_error::CallError;
use super::limits::{Limiter, Limits};
use crate::capability::call::Call;
use crate::capability::clock::Clock;
use crate::capability::compose::{self, Compose};
use crate::capability::containers::{self, Containers};
use crate::capability::git::{self, Git};
use crate::capability::http::{self, Http, Writes};
use crate::capability::log::Log;
use crate::capability::progress::Progress;
use deployhost_policy::secret::Secret;

/// The hands that do what capabilities allow; shared by every plugin of a run.
#[derive(Clone)]
pub struct Ports {
    pub http: Arc<dyn http::Port>,
    pub git: Arc<dyn git::Port>,
    pub containers: Arc<dyn containers::Port>,
    pub compose: Arc<dyn compose::Port>,
}

/// What one entry of the plan may use. The default is nothing.
#[derive(Clone, Default)]
pub struct Granted {
    pub http: Vec<http::Grant>,
    pub git: Vec<git::Grant>,
    pub containers: Vec<containers::Grant>,
    pub compose: Vec<compose::Grant>,
    /// The secrets that the entry's config names.
    pub secrets: Vec<Arc<Secret>>,
}

impl Granted {
    /// Whether an import of this capability has a grant behind it.
    pub fn covers(&self, capability: &str) -> bool {
        match capability {
            "log" | "progress" | "clock" | "run" => true,
            "http" => !self.http.is_empty(),
            "git" => !self.git.is_empty(),
            "containers" => !self.containers.is_empty(),
            "compose" => !self.compose.is_empty(),
            _ => false,
        }
    }
}

pub(super) struct State {
    pub(super) call: Arc<Call>,
    pub(super) limiter: Limiter,
    pub(super) log: Log,
    pub(super) progress: Progress,
    pub(super) clock: Clock,
    pub(super) http: Http,
    pub(super) git: Git,
    pub(super) containers: Containers,
    pub(super) compose: Compose,
}

impl State {
    /// `deploys`: the plugin is a step, so that what it changes is journaled as an effect.
    pub(super) fn new(
        call: Arc<Call>,
        ports: &Ports,
        granted: &Granted,
        deploys: bool,
        limits: &Limits,
        pin: Option<&str>,
    ) -> Result<Self, CallError> {
        let Granted {
            http,
            git,
            containers,
            compose,
            secrets,
        } = granted.clone();
        let writes = if deploys {
            Writes::Changes
        } else {
            Writes::Messages
        };
        let http =
            Http::new(call.clone(), http, secrets, ports.http.clone(), writes).map_err(|_| {
                CallError::TooMuch("its secrets are too many to be kept from it".into())
            })?;
        Ok(Self {
            limiter: Limiter::new(limits),
            log: Log::new(call.clone()),
            progress: Progress::new(call.clone()),
            clock: Clock::new(call.clone()),
            http,
            git: Git::new(call.clone(), git, ports.git.clone(), pin),
            containers: Containers::new(call.clone(), containers, ports.containers.clone()),
            compose: Compose::new(call.clone(), compose, ports.compose.clone()),
            call,
        })
    }
}
