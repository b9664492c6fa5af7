//! Failures, and which of them is worth another try.

use std::fmt;

use crate::{Failure, Stopped};

impl Failure {
    pub fn message(&self) -> &str {
        match self {
            Self::Config(text)
            | Self::Temporary(text)
            | Self::Permanent(text)
            | Self::Other(text) => text,
        }
    }

    /// The same kind of failure, told with what was being done: `fetching origin: no route`.
    pub fn while_doing(self, what: impl fmt::Display) -> Self {
        let told = |text: String| format!("{what}: {text}");
        match self {
            Self::Config(text) => Self::Config(told(text)),
            Self::Temporary(text) => Self::Temporary(told(text)),
            Self::Permanent(text) => Self::Permanent(told(text)),
            Self::Other(text) => Self::Other(told(text)),
        }
    }
}

impl From<Stopped> for Failure {
    fn from(_: Stopped) -> Self {
        Self::Permanent("stopped".to_owned())
    }
}

#[cfg(feature = "git")]
impl From<crate::git::Error> for Failure {
    fn from(error: crate::git::Error) -> Self {
        use crate::git::Error;
        match error {
            Error::Invalid(text) => Self::Config(text),
            Error::Denied(text) | Error::NotFound(text) => Self::Permanent(text),
            Error::Unreachable(text) => Self::Temporary(text),
            Error::Other(text) => Self::Other(text),
        }
    }
}

/// A request that may have been received is not `temporary`: only its author knows whether sending
/// it twice is safe.
#[cfg(feature = "http")]
impl From<crate::http::Error> for Failure {
    fn from(error: crate::http::Error) -> Self {
        use crate::http::Error;
        match error {
            Error::Invalid(text) => Self::Config(text),
            Error::Denied(text) | Error::TooLarge(text) => Self::Permanent(text),
            Error::Unreachable(text) => Self::Temporary(text),
            Error::Timeout(text) | Error::Interrupted(text) | Error::Other(text) => {
                Self::Other(text)
            }
        }
    }
}

#[cfg(feature = "containers")]
impl From<crate::containers::Error> for Failure {
    fn from(error: crate::containers::Error) -> Self {
        use crate::containers::Error;
        match error {
            Error::Denied(text) | Error::NotFound(text) => Self::Permanent(text),
            Error::Unreachable(text) => Self::Temporary(text),
            Error::Other(text) => Self::Other(text),
        }
    }
}

#[cfg(feature = "compose")]
impl From<crate::compose::Error> for Failure {
    fn from(error: crate::compose::Error) -> Self {
        use crate::compose::Error;
        match error {
            Error::Invalid(text) => Self::Config(text),
            Error::Denied(text) => Self::Permanent(text),
            Error::Unreachable(text) => Self::Temporary(text),
            Error::Other(text) => Self::Other(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_told_with_its_occasion_stays_what_it_is() {
        let failure = Failure::Temporary("no route".to_owned()).while_doing("fetching origin");
        assert_eq!(
            failure,
            Failure::Temporary("fetching origin: no route".to_owned())
        );
        assert_eq!(failure.message(), "fetching origin: no route");
    }

    #[test]
    fn a_stopped_step_is_not_tried_again() {
        assert_eq!(
            Failure::from(Stopped),
            Failure::Permanent("stopped".to_owned())
        );
    }

    #[cfg(feature = "http")]
    #[test]
    fn a_request_that_may_have_arrived_is_not_sent_again_by_the_host() {
        use crate::http::Error;
        let failure = |error: Error| Failure::from(error);
        assert!(matches!(
            failure(Error::Unreachable(String::new())),
            Failure::Temporary(_)
        ));
        assert!(matches!(
            failure(Error::Interrupted(String::new())),
            Failure::Other(_)
        ));
        assert!(matches!(
            failure(Error::Timeout(String::new())),
            Failure::Other(_)
        ));
        assert!(matches!(
            failure(Error::Denied(String::new())),
            Failure::Permanent(_)
        ));
    }
}
