//! The containers of granted Compose services. [`restart`], [`stop`] and [`start`] change something.

use crate::{Diagnostic, Failure};

pub use crate::bindings::step_world::deployhost::plugin::containers::{
    Container, Error, inspect, list, logs, restart, start, stop,
};

impl Error {
    pub fn diagnostic(&self) -> &Diagnostic {
        match self {
            Self::Denied(diagnostic)
            | Self::NotFound(diagnostic)
            | Self::Unreachable(diagnostic)
            | Self::Other(diagnostic) => diagnostic,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Denied(diagnostic) | Error::NotFound(diagnostic) => Self::Permanent(diagnostic),
            Error::Unreachable(diagnostic) => Self::Temporary(diagnostic),
            Error::Other(diagnostic) => Self::Other(diagnostic),
        }
    }
}
