//! One request at a time, to granted origins, with granted methods. Redirects are returned, never
//! followed.

use crate::{Diagnostic, Duration, Failure};

pub use crate::bindings::step_world::deployhost::plugin::http::{Error, Request, Response, send};
pub use crate::signing::Signing;

impl Request {
    /// A request without headers or body, and the host's own timeout of 10 seconds.
    pub fn new(method: &str, url: impl Into<String>) -> Self {
        Self {
            method: method.to_owned(),
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            timeout_ms: 0,
            signing: None,
        }
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub fn json(mut self, value: &serde_json::Value) -> Self {
        self.body = value.to_string().into_bytes();
        self.header("content-type", "application/json")
    }

    /// At least a millisecond, at most the host's ceiling of a minute.
    pub fn timeout(mut self, time: Duration) -> Self {
        self.timeout_ms = time.as_millis().clamp(1, 60_000) as u32;
        self
    }

    /// Has the host sign the body.
    pub fn sign(mut self, signing: Signing) -> Self {
        self.signing = Some(signing);
        self
    }
}

impl Response {
    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self
            .headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(value)
    }

    /// What is not UTF-8 becomes `�`.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

impl Error {
    pub fn diagnostic(&self) -> &Diagnostic {
        match self {
            Self::Denied(diagnostic)
            | Self::Invalid(diagnostic)
            | Self::Timeout(diagnostic)
            | Self::TooLarge(diagnostic)
            | Self::Unreachable(diagnostic)
            | Self::Interrupted(diagnostic)
            | Self::Other(diagnostic) => diagnostic,
        }
    }
}

/// A request that may have been received is not `temporary`: only its author knows whether sending
/// it twice is safe.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(diagnostic) => Self::Config(diagnostic),
            Error::Denied(diagnostic) | Error::TooLarge(diagnostic) => Self::Permanent(diagnostic),
            Error::Unreachable(diagnostic) => Self::Temporary(diagnostic),
            Error::Timeout(diagnostic)
            | Error::Interrupted(diagnostic)
            | Error::Other(diagnostic) => Self::Other(diagnostic),
        }
    }
}
