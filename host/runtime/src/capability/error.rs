//! Why a host call did not do what a plugin asked.
//!
//! One type from every port to every interface: the kind decides which case of the interface's own
//! error a guest gets, the diagnostic is what people read.

use deployhost_policy::Diagnostic;
use thiserror::Error;

/// What a plugin can conclude from an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CapabilityErrorKind {
    /// No grant covers it, or it may not be done in this call.
    Denied,
    /// What was asked for cannot be.
    Invalid,
    NotFound,
    Timeout,
    TooLarge,
    /// It did not answer; worth another try.
    Unreachable,
    /// It broke off: what was asked for may have been done.
    Interrupted,
    Other,
}

/// A host call that failed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{diagnostic}")]
pub struct CapabilityError {
    pub kind: CapabilityErrorKind,
    pub diagnostic: Diagnostic,
}

/// A constructor for each kind, and the same to end a diagnostic with.
macro_rules! kinds {
    ($($name:ident: $kind:ident,)+) => {
        impl CapabilityError {
            $(pub fn $name(diagnostic: impl Into<Diagnostic>) -> Self {
                Self::new(CapabilityErrorKind::$kind, diagnostic.into())
            })+
        }

        /// What a plugin can conclude from a problem: `Diagnostic::new(…).help(…).denied()`.
        pub trait OfKind {
            $(fn $name(self) -> CapabilityError;)+
        }

        impl OfKind for Diagnostic {
            $(fn $name(self) -> CapabilityError {
                CapabilityError::$name(self)
            })+
        }
    };
}
kinds! {
    denied: Denied,
    invalid: Invalid,
    not_found: NotFound,
    timeout: Timeout,
    too_large: TooLarge,
    unreachable: Unreachable,
    interrupted: Interrupted,
    other: Other,
}

impl CapabilityError {
    pub fn new(kind: CapabilityErrorKind, diagnostic: Diagnostic) -> Self {
        Self { kind, diagnostic }
    }

    /// The same, its diagnostic changed.
    #[must_use]
    pub fn map(self, change: impl FnOnce(Diagnostic) -> Diagnostic) -> Self {
        Self {
            kind: self.kind,
            diagnostic: change(self.diagnostic),
        }
    }
}

impl From<CapabilityError> for Diagnostic {
    fn from(error: CapabilityError) -> Self {
        error.diagnostic
    }
}

/// Gives an interface's `error` the cases that it has; every other kind is its `other`.
macro_rules! guest_error {
    ($error:ty: $($kind:ident),+) => {
        impl From<$crate::capability::error::CapabilityError> for $error {
            fn from(error: $crate::capability::error::CapabilityError) -> Self {
                use $crate::capability::error::CapabilityErrorKind;
                let diagnostic = error.diagnostic.into();
                match error.kind {
                    $(CapabilityErrorKind::$kind => Self::$kind(diagnostic),)+
                    _ => Self::Other(diagnostic),
                }
            }
        }
    };
}
pub(super) use guest_error;
