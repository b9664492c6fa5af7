//! Why the engine did not do what it was asked: in words that end with what to do.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use deployhost_policy::{Diagnostic, Location};
use deployhost_runtime::capability::error::{CapabilityError, CapabilityErrorKind};
use deployhost_runtime::redaction_scope::redact_in_scope;

/// Longest sentence of the engine that is passed on, in bytes.
const SENTENCE: usize = 1024;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DockerError {
    /// No such socket.
    Missing(PathBuf),
    /// The socket is another user's.
    NotPermitted(PathBuf),
    /// Nobody behind the socket.
    Unreachable { socket: PathBuf, why: String },
    /// `DOCKER_HOST` is not a unix socket; its scheme.
    Foreign(String),
    /// No answer in time.
    Slow(Duration),
    /// An answer that makes no sense, or half of one.
    Broken(String),
    /// The engine knows no such thing; its sentence.
    NotFound(String),
    /// The engine refused, or failed at it; its sentence.
    Refused(String),
}

impl DockerError {
    pub(super) fn at(socket: PathBuf, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing(socket),
            io::ErrorKind::PermissionDenied => Self::NotPermitted(socket),
            _ => Self::Unreachable {
                socket,
                why: error.to_string(),
            },
        }
    }

    pub(super) fn answered(status: u16, sentence: &str) -> Self {
        let line = sentence.lines().next().unwrap_or_default();
        let line = redact_in_scope(line, SENTENCE);
        match status {
            404 => Self::NotFound(line),
            _ => Self::Refused(line),
        }
    }

    /// Worth another try, soon and unchanged.
    fn passing(&self) -> bool {
        matches!(
            self,
            Self::Missing(_) | Self::Unreachable { .. } | Self::Slow(_) | Self::Broken(_)
        )
    }
}

impl From<DockerError> for Diagnostic {
    fn from(fault: DockerError) -> Self {
        let at = |problem: Self, socket: &Path| {
            problem
                .at(socket)
                .parameter("socket", socket.display().to_string())
        };
        match &fault {
            DockerError::Missing(socket) => at(
                Self::new("docker.not-running", "Docker is not running"),
                socket,
            )
            .help(
                "`sudo systemctl start docker`, or, where it is not installed, \
                 `sudo apt-get install docker.io docker-compose`",
            ),
            DockerError::NotPermitted(socket) => at(
                Self::new("docker.not-permitted", "this user may not use Docker"),
                socket,
            )
            .help("`sudo usermod -aG docker \"$USER\"`, then log in again"),
            DockerError::Unreachable { socket, why } => at(
                Self::new(
                    "docker.unreachable",
                    format!("Docker does not answer ({why})"),
                ),
                socket,
            )
            .help("`sudo systemctl restart docker`"),
            DockerError::Foreign(scheme) => Self::new(
                "docker.elsewhere",
                "only an engine on this machine can be deployed to",
            )
            .at(Location::named(format!("DOCKER_HOST is {scheme}://")))
            .help("`unset DOCKER_HOST`, or name a unix:// socket")
            .parameter("scheme", scheme.as_str()),
            DockerError::Slow(waited) => Self::new(
                "docker.slow",
                format!("Docker did not answer within {} s", waited.as_secs()),
            )
            .help("`sudo systemctl restart docker`"),
            DockerError::Broken(why) => Self::new(
                "docker.answer-broken",
                format!("Docker's answer broke off: {why}"),
            ),
            DockerError::NotFound(sentence) => Self::new("docker.not-found", sentence.as_str()),
            DockerError::Refused(sentence) => Self::new("docker.refused", sentence.as_str()),
        }
    }
}

/// On one line: what, where, what to do.
impl fmt::Display for DockerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Diagnostic::from(self.clone()).fmt(f)
    }
}

impl From<DockerError> for CapabilityError {
    fn from(fault: DockerError) -> Self {
        let kind = match &fault {
            DockerError::NotFound(_) => CapabilityErrorKind::NotFound,
            fault if fault.passing() => CapabilityErrorKind::Unreachable,
            _ => CapabilityErrorKind::Other,
        };
        Self::new(kind, fault.into())
    }
}
