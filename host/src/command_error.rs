//! An error that ends a command: the problem, and what it means for the caller. The kind decides the
//! exit code, here only.

use deployhost_engine::Outcome;
use deployhost_policy::{Code, Diagnostic, Location};

/// What an error means for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandErrorKind {
    /// The command line itself is wrong, or plan, plugin, grant, digest, machine cannot carry it
    /// out. Nothing changed.
    Refused,
    /// Another run holds the target or something it shares.
    Locked,
    /// A bug of ours.
    Host,
}

/// An error that ends a command. Secrets never get here: whoever makes one has none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{diagnostic}")]
pub struct CommandError {
    pub kind: CommandErrorKind,
    pub diagnostic: Diagnostic,
}

pub type Result<T> = std::result::Result<T, CommandError>;

impl CommandError {
    pub fn new(kind: CommandErrorKind, diagnostic: impl Into<Diagnostic>) -> Self {
        Self {
            kind,
            diagnostic: diagnostic.into(),
        }
    }

    pub fn refused(code: impl Into<Code>, message: impl Into<String>) -> Self {
        Self::new(CommandErrorKind::Refused, Diagnostic::new(code, message))
    }

    pub fn host(code: impl Into<Code>, message: impl Into<String>) -> Self {
        Self::new(CommandErrorKind::Host, Diagnostic::new(code, message))
    }

    #[must_use]
    pub fn at(self, location: impl Into<Location>) -> Self {
        self.map(|diagnostic| diagnostic.at(location))
    }

    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        self.map(|diagnostic| diagnostic.help(help))
    }

    #[must_use]
    pub fn note(self, note: impl Into<String>) -> Self {
        self.map(|diagnostic| diagnostic.note(note))
    }

    #[must_use]
    pub fn map(self, change: impl FnOnce(Diagnostic) -> Diagnostic) -> Self {
        Self {
            kind: self.kind,
            diagnostic: change(self.diagnostic),
        }
    }

    pub fn exit_code(&self) -> u8 {
        match self.kind {
            CommandErrorKind::Refused => 2,
            CommandErrorKind::Locked => 75,
            CommandErrorKind::Host => 1,
        }
    }
}

/// What is wrong with what was given is a refusal.
impl From<Diagnostic> for CommandError {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::new(CommandErrorKind::Refused, diagnostic)
    }
}

/// How a run's end is told to the shell. A signal that stopped it has the last word.
pub fn exit_code(outcome: Outcome, signal: Option<i32>) -> u8 {
    if let Some(signal) = signal.and_then(|s| u8::try_from(s).ok()) {
        return 128u8.saturating_add(signal);
    }
    match outcome {
        Outcome::Succeeded | Outcome::Unchanged | Outcome::Planned => 0,
        Outcome::Refused => 2,
        Outcome::Failed => 3,
        Outcome::RolledBack => 4,
        Outcome::NeedsOperator => 5,
        Outcome::Cancelled => 6,
        Outcome::Interrupted => 1,
    }
}

#[cfg(test)]
mod tests;
