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

impl CapabilityError {
    pub fn new(kind: CapabilityErrorKind, diagnostic: Diagnostic) -> Self {
        Self { kind, diagnostic }
    }

    pub fn denied(diagnostic: impl Into<Diagnostic>) -> Self {
        Self::new(CapabilityErrorKind::Denied, diagnostic.into())
    }

    pub fn invalid(diagnostic: impl Into<Diagnostic>) -> Self {
        Self::new(CapabilityErrorKind::Invalid, diagnostic.into())
    }

    pub fn not_found(diagnostic: impl Into<Diagnostic>) -> Self {
        Self::new(CapabilityErrorKind::NotFound, diagnostic.into())
    }

    pub fn timeout(diagnostic: impl Into<Diagnostic>) -> Self {
        Self::new(CapabilityErrorKind::Timeout, diagnostic.into())
    }

    pub fn too_large(diagnostic: impl Into<Diagnostic>) -> Self {
        Self::new(CapabilityErrorKind::TooLarge, diagnostic.into())
    }

    pub fn unreachable(diagnostic: impl Into<Diagnostic>) -> Self {
        Self::new(CapabilityErrorKind::Unreachable, diagnostic.into())
    }

    pub fn interrupted(diagnostic: impl Into<Diagnostic>) -> Self {
        Self::new(CapabilityErrorKind::Interrupted, diagnostic.into())
    }

    pub fn other(diagnostic: impl Into<Diagnostic>) -> Self {
        Self::new(CapabilityErrorKind::Other, diagnostic.into())
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
