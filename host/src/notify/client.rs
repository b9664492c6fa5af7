//! Tells one notifier one event, again where that may help.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;

use super::redact::redact;
use crate::bound_plan::BoundEntry;
use deployhost_policy::secret::Redactor;
use deployhost_runtime::capability::call::{Call, Phase, Recorder};
use deployhost_runtime::sandbox::{
    CallError, Failure, Limits, NotifierCall, NotifierEvent, Ports, Sandbox,
};

/// Pauses before trying a notice again.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];

/// Why a notifier was not told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryError {
    /// It may be possible later.
    Later(String),
    /// The plugin broke over this very event.
    Broke(String),
    /// Nothing will change until a person changes something.
    Never(String),
}

impl DeliveryError {
    pub fn why(&self) -> &str {
        match self {
            Self::Later(why) | Self::Broke(why) | Self::Never(why) => why,
        }
    }

    /// What a notifier says went wrong is its own text: no secret gets out with it.
    pub fn redacted(self, redactor: &Redactor) -> Self {
        let redact = |why: String| redactor.redact(&why).into_owned();
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
        let notice = NotifierCall {
            sandbox: &self.sandbox,
            ports: &self.ports,
            granted: &notifier.granted,
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
        let plain = |why: &str| crate::convert::sanitize(why);
        match said {
            Ok(Ok(memory)) => Ok(memory),
            Ok(Err(Failure::Temporary(why) | Failure::Other(why))) => {
                Err(DeliveryError::Later(plain(&why)))
            }
            Ok(Err(Failure::Config(why) | Failure::Permanent(why))) => {
                Err(DeliveryError::Never(plain(&why)))
            }
            Err(fault @ (CallError::Wall(_) | CallError::Stopped)) => {
                Err(DeliveryError::Later(plain(&fault.to_string())))
            }
            Err(fault) => Err(DeliveryError::Broke(plain(&fault.to_string()))),
        }
    }
}

/// For notices that belong to no run: what their notifiers write is kept nowhere.
pub struct NullRecorder(pub Arc<Redactor>);

#[async_trait]
impl Recorder for NullRecorder {
    async fn begin(&self, what: String) -> Result<(), String> {
        Err(format!("{what}: a notice changes nothing"))
    }

    fn log(&self, _level: &str, _line: &str) {}

    fn progress(&self, _done: u32, _total: u32, _message: &str) {}

    fn redactor(&self) -> Option<Arc<Redactor>> {
        Some(self.0.clone())
    }
}
