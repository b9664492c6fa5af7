//! Time. Always granted.

use crate::bindings::step_world::deployhost::plugin::clock as host;
use crate::{Diagnostic, Duration, Failure, LocalTime};

pub use host::Error;

/// The run is being stopped: leave things as they are and return. As a [`Failure`] it is permanent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

/// Milliseconds since 1970, of the host's clock: it may jump.
pub fn now_unix_ms() -> u64 {
    host::now_unix_ms()
}

/// A moment in a time zone. No moment: now; no zone, like `Europe/Paris`: the host's own.
pub fn local(unix_ms: Option<u64>, zone: Option<&str>) -> Result<LocalTime, Error> {
    host::local(unix_ms, zone)
}

/// Sleeps, unless the run is being stopped: then it returns at once.
pub fn sleep(time: Duration) -> Result<(), Stopped> {
    if host::sleep_ms(time.as_millis()) {
        return Err(Stopped);
    }
    Ok(())
}

/// Sleeps, with the failure that a stopped step ends in.
pub fn wait(time: Duration) -> Result<(), Failure> {
    Ok(sleep(time)?)
}

impl Error {
    pub fn diagnostic(&self) -> &Diagnostic {
        match self {
            Self::Invalid(diagnostic) | Self::Other(diagnostic) => diagnostic,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(diagnostic) => Self::Config(diagnostic),
            Error::Other(diagnostic) => Self::Other(diagnostic),
        }
    }
}
