//! Failures: what a step could not do, and whether it is worth another try.

use std::fmt;

use crate::{Diagnostic, Failure, Stopped};

impl Failure {
    /// The plan asks for something that cannot be.
    pub fn config(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Config(Diagnostic::new(code, message))
    }

    /// Worth another try.
    pub fn temporary(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Temporary(Diagnostic::new(code, message))
    }

    /// Trying again would end the same.
    pub fn permanent(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Permanent(Diagnostic::new(code, message))
    }

    /// The pin that was asked for cannot be brought: what it names is gone.
    pub fn unavailable(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Unavailable(Diagnostic::new(code, message))
    }

    /// None of these.
    pub fn other(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Other(Diagnostic::new(code, message))
    }

    /// What to do, in one line.
    pub fn help(self, help: impl Into<String>) -> Self {
        self.map(|diagnostic| diagnostic.help(help))
    }

    /// One more line below.
    pub fn note(self, note: impl Into<String>) -> Self {
        self.map(|diagnostic| diagnostic.note(note))
    }

    /// Something that the message is about, by name.
    pub fn parameter(self, name: impl Into<String>, value: impl fmt::Display) -> Self {
        self.map(|diagnostic| diagnostic.parameter(name, value))
    }

    /// The same kind of failure, with what was being done: `fetching origin: no route`.
    pub fn while_doing(self, what: impl fmt::Display) -> Self {
        self.map(|diagnostic| diagnostic.while_doing(what))
    }

    pub fn diagnostic(&self) -> &Diagnostic {
        match self {
            Self::Config(diagnostic)
            | Self::Temporary(diagnostic)
            | Self::Permanent(diagnostic)
            | Self::Unavailable(diagnostic)
            | Self::Other(diagnostic) => diagnostic,
        }
    }

    /// What is wrong, in one line.
    pub fn message(&self) -> &str {
        &self.diagnostic().message
    }

    /// What it is, for programs.
    pub fn code(&self) -> &str {
        &self.diagnostic().code
    }

    fn map(self, change: impl FnOnce(Diagnostic) -> Diagnostic) -> Self {
        match self {
            Self::Config(diagnostic) => Self::Config(change(diagnostic)),
            Self::Temporary(diagnostic) => Self::Temporary(change(diagnostic)),
            Self::Permanent(diagnostic) => Self::Permanent(change(diagnostic)),
            Self::Unavailable(diagnostic) => Self::Unavailable(change(diagnostic)),
            Self::Other(diagnostic) => Self::Other(change(diagnostic)),
        }
    }
}

impl From<Stopped> for Failure {
    fn from(_: Stopped) -> Self {
        Self::permanent("run.stopped", "stopped")
    }
}
