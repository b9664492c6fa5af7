//! What can go wrong for the person at the terminal: the kind decides the exit code, here only.
//!
//! Text of an error is one line, `what — where — what to do`; hints go below it. Secrets never get
//! here: whoever builds an error has none.

use std::fmt;

use deployhost_engine::Outcome;

/// What an error means for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The command line itself is wrong, or plan, plugin, grant, digest, machine cannot carry it
    /// out. Nothing changed.
    Refused,
    /// Another run holds the target or something it shares.
    Locked,
    /// The deployment is done or not as its outcome says, but telling it failed: closed output.
    Output,
    /// A bug of ours.
    Host,
}

/// An error that ends a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    pub kind: Kind,
    pub what: String,
    /// `file:line:column`, a step, a path.
    pub place: Option<String>,
    pub cure: Option<String>,
    pub hints: Vec<String>,
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self {
            kind,
            what: what.into(),
            place: None,
            cure: None,
            hints: Vec::new(),
        }
    }

    pub fn refused(what: impl Into<String>) -> Self {
        Self::new(Kind::Refused, what)
    }

    pub fn host(what: impl Into<String>) -> Self {
        Self::new(Kind::Host, what)
    }

    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    pub fn cure(mut self, cure: impl Into<String>) -> Self {
        self.cure = Some(cure.into());
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    pub fn exit_code(&self) -> u8 {
        match self.kind {
            Kind::Refused => 2,
            Kind::Locked => 75,
            Kind::Output | Kind::Host => 1,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        for part in [&self.place, &self.cure].into_iter().flatten() {
            write!(f, " — {part}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

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
