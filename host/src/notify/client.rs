//! Tells one notifier one event, again where that may help.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;

use super::redact::redact;
use crate::bound_plan::BoundEntry;
use deployhost_policy::Diagnostic;
use deployhost_policy::secret::Redactor;
use deployhost_runtime::capabilities::Ports;
use deployhost_runtime::capability::call::{Call, Phase, Recorder};
use deployhost_runtime::sandbox::{CallError, Failure, Limits, NotifierEvent, PluginCall, Sandbox};

/// Pauses before trying a notice again.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];

/// Why a notifier was not told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryError {
    /// It may be possible later.
    Later(Diagnostic),
    /// The plugin broke over this very event.
    Broke(Diagnostic),
    /// Nothing will change until a person changes something.
    Never(Diagnostic),
}

impl DeliveryError {
    pub fn problem(&self) -> &Diagnostic {
        match self {
            Self::Later(why) | Self::Broke(why) | Self::Never(why) => why,
        }
    }

    pub fn into_problem(self) -> Diagnostic {
        match self {
            Self::Later(why) | Self::Broke(why) | Self::Never(why) => why,
        }
    }

    /// What a notifier says went wrong is its own text: no secret gets out with it.
    pub fn redacted(self, redactor: &Redactor) -> Self {
        let redact = |why: Diagnostic| why.map_texts(|text| redactor.redact(text).into_owned());
        match self {
            Self::Later(why) => Self::Later(redact(why)),
            Self::Broke(why) => Self::Broke(redact(why)),
            Self::Never(why) => Self::Never(redact(why)),
        }
    }
}

pub struct NotifierClient {
    pub sandbox: Arc<Sandbox>,
    pub ports: Ports,
    /// Where the notifier's lines go.
    pub record: Arc<dyn Recorder>,
}

impl NotifierClient {
    /// Tells it, at most three times. What the notifier wants to be given next time.
    pub async fn tell(
        &self,
        notifier: &BoundEntry,
        event: &NotifierEvent,
        memory: Option<&str>,
    ) -> Result<Option<String>, DeliveryError> {
        let mut pauses = PAUSES.iter();
        loop {
            match (self.once(notifier, event, memory).await, pauses.next()) {
                (Err(DeliveryError::Later(_)), Some(pause)) => tokio::time::sleep(*pause).await,
                (told, _) => return told,
            }
        }
    }

    /// Tells it, once.
    pub async fn once(
        &self,
        notifier: &BoundEntry,
        event: &NotifierEvent,
        memory: Option<&str>,
    ) -> Result<Option<String>, DeliveryError> {
        let notice = PluginCall {
            sandbox: &self.sandbox,
            ports: &self.ports,
            grants: &notifier.grants,
            // Nobody stops it: the command that tells does not wait for it longer than it wants to.
            call: Arc::new(Call::new(
                Phase::Acting,
                self.record.clone(),
                watch::channel(false).1,
            )),
            limits: Limits::call(notifier.timeout),
        };
        let redact = self.record.redactor().map(|it| redact(event, &it));
        let event = redact.as_ref().unwrap_or(event);
        let said = notice
            .notify(&notifier.plugin, event, &notifier.config, memory)
            .await;
        match said {
            Ok(Ok(memory)) => Ok(memory),
            Ok(Err(Failure::Temporary(why) | Failure::Other(why))) => {
                Err(DeliveryError::Later(why.into()))
            }
            Ok(Err(Failure::Config(why) | Failure::Permanent(why) | Failure::Unavailable(why))) => {
                Err(DeliveryError::Never(why.into()))
            }
            Err(error @ (CallError::Wall(_) | CallError::Stopped)) => {
                Err(DeliveryError::Later(error.into()))
            }
            Err(error) => Err(DeliveryError::Broke(error.into())),
        }
    }
}

/// For notices that belong to no run: what their notifiers write is kept nowhere.
pub struct NullRecorder(pub Arc<Redactor>);

#[async_trait]
impl Recorder for NullRecorder {
    async fn begin(&self, what: String) -> Result<(), Diagnostic> {
        let message = format!("{what}: a notice changes nothing");
        Err(Diagnostic::new("notifier.changes-nothing", message))
    }

    fn log(&self, _level: &str, _line: &str) {}

    fn progress(&self, _done: u32, _total: u32, _message: &str) {}

    fn redactor(&self) -> Option<Arc<Redactor>> {
        Some(self.0.clone())
    }
}
