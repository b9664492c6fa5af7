//! Why the engine did not do what it was asked: in words that end with what to do.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use deployhost_runtime::capability::{compose, containers};
use deployhost_runtime::redaction_scope::redact_in_scope;

/// Longest sentence of the engine that is passed on, in bytes.
const SENTENCE: usize = 1024;

#[derive(Debug, Clone, PartialEq, Eq)]
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

impl fmt::Display for DockerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(socket) => write!(
                f,
                "Docker is not running — {} — `sudo systemctl start docker`, or, where it is not installed, `sudo apt-get install docker.io docker-compose`",
                socket.display()
            ),
            Self::NotPermitted(socket) => write!(
                f,
                "this user may not use Docker — {} — `sudo usermod -aG docker \"$USER\"`, then log in again",
                socket.display()
            ),
            Self::Unreachable { socket, why } => write!(
                f,
                "Docker does not answer ({why}) — {} — `sudo systemctl restart docker`",
                socket.display()
            ),
            Self::Foreign(scheme) => write!(
                f,
                "only an engine on this machine can be deployed to — DOCKER_HOST is {scheme}:// — `unset DOCKER_HOST`, or name a unix:// socket"
            ),
            Self::Slow(waited) => write!(
                f,
                "Docker did not answer within {} s — `sudo systemctl restart docker`",
                waited.as_secs()
            ),
            Self::Broken(why) => write!(f, "Docker's answer broke off: {why}"),
            Self::NotFound(sentence) | Self::Refused(sentence) => f.write_str(sentence),
        }
    }
}

impl std::error::Error for DockerError {}

impl From<DockerError> for containers::Error {
    fn from(fault: DockerError) -> Self {
        match &fault {
            DockerError::NotFound(sentence) => Self::NotFound(sentence.clone()),
            fault if fault.passing() => Self::Unreachable(fault.to_string()),
            fault => Self::Other(fault.to_string()),
        }
    }
}

impl From<DockerError> for compose::Error {
    fn from(fault: DockerError) -> Self {
        if fault.passing() {
            return Self::Unreachable(fault.to_string());
        }
        Self::Other(fault.to_string())
    }
}
