//! Granted services of granted Compose files. [`use_image`], [`remove_conflict`], [`put_back`] and [`up`] change something; the rest
//! reads or prepares.

use crate::{Diagnostic, Failure};

pub use crate::bindings::step_world::deployhost::plugin::compose::{
    Conflict, Dependency, Difference, Error, KeptContainer, Neighbour, Project, Service, Source,
    build, conflicts, differences, has_image, inputs, keep, keep_container, kept_containers,
    neighbours, pull, put_back, remove_conflict, services, services_ahead, unchanged_since, up,
    use_image,
};

impl Error {
    pub fn diagnostic(&self) -> &Diagnostic {
        match self {
            Self::Denied(diagnostic)
            | Self::Invalid(diagnostic)
            | Self::Unreachable(diagnostic)
            | Self::Other(diagnostic) => diagnostic,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(diagnostic) => Self::Config(diagnostic),
            Error::Denied(diagnostic) => Self::Permanent(diagnostic),
            Error::Unreachable(diagnostic) => Self::Temporary(diagnostic),
            Error::Other(diagnostic) => Self::Other(diagnostic),
        }
    }
}
