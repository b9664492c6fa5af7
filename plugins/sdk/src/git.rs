//! The granted work tree, its remote and refs. What is fetched goes into a mirror of the host's, so
//! only [`move_to`] and [`bring_back`] change the tree.

use crate::{Diagnostic, Failure};

pub use crate::bindings::step_world::deployhost::plugin::git::{
    Error, Obstacle, Resolved, Signature, WorkTree, bring_back, changed, fetch, fingerprint, head,
    log, move_to, obstacles, resolve, verify,
};

/// Whether a commit's signature counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureStatus {
    Good,
    Bad,
    /// Well signed, by nobody who is on the list.
    UnknownSigner,
    /// The commit is not signed.
    Missing,
    /// Of a kind that cannot be checked here.
    Unsupported,
    /// Others may come; none of them counts.
    Other(String),
}

impl Signature {
    pub fn status(&self) -> SignatureStatus {
        match self.status.as_str() {
            "good" => SignatureStatus::Good,
            "bad" => SignatureStatus::Bad,
            "unknown-signer" => SignatureStatus::UnknownSigner,
            "missing" => SignatureStatus::Missing,
            "unsupported" => SignatureStatus::Unsupported,
            other => SignatureStatus::Other(other.to_owned()),
        }
    }
}

impl Error {
    pub fn diagnostic(&self) -> &Diagnostic {
        match self {
            Self::Denied(diagnostic)
            | Self::Invalid(diagnostic)
            | Self::NotFound(diagnostic)
            | Self::Unreachable(diagnostic)
            | Self::Other(diagnostic) => diagnostic,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(diagnostic) => Self::Config(diagnostic),
            Error::Denied(diagnostic) | Error::NotFound(diagnostic) => Self::Permanent(diagnostic),
            Error::Unreachable(diagnostic) => Self::Temporary(diagnostic),
            Error::Other(diagnostic) => Self::Other(diagnostic),
        }
    }
}
