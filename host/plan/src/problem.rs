//! What is wrong with a plan: said once, with its place and its cure.
//!
//! Three widths of the same thing. A [`Refusal`] is a checked constructor's: it knows neither file
//! nor key. A [`Fault`] points into one entry's config. A [`Problem`] has a place, and is what
//! people read. None of them ever holds the text of a value that could be a secret.

use std::fmt;

use crate::location::Location;

/// A plan that cannot be meant: `what — file:line:column — what to do`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub what: String,
    pub place: Location,
    pub cure: Option<String>,
    /// Lines below the first.
    pub hints: Vec<String>,
}

impl Problem {
    pub fn new(place: Location, what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            place,
            cure: None,
            hints: Vec::new(),
        }
    }

    pub fn cure(mut self, cure: impl Into<String>) -> Self {
        self.cure = Some(cure.into());
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} — {}", self.what, self.place)?;
        match &self.cure {
            Some(cure) => write!(f, " — {cure}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}

/// What a checked constructor says to a text that it does not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub what: String,
    pub cure: Option<String>,
}

impl Refusal {
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            cure: None,
        }
    }

    pub fn cure(mut self, cure: impl Into<String>) -> Self {
        self.cure = Some(cure.into());
        self
    }

    /// `key: what`, at a place.
    pub fn at(self, key: &str, place: Location) -> Problem {
        Problem {
            what: format!("{key}: {}", self.what),
            place,
            cure: self.cure,
            hints: Vec::new(),
        }
    }

    pub fn under(self, pointer: impl Into<String>) -> Fault {
        let pointer = pointer.into();
        Fault {
            message: format!("{}: {}", spelled(&pointer), self.what),
            pointer,
            key: false,
            cure: self.cure,
        }
    }
}

/// One thing wrong with an entry's config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// JSON pointer into the config; empty: the config as a whole.
    pub pointer: String,
    /// The key itself is wrong, not its value.
    pub key: bool,
    /// Names the key as [`spelled`].
    pub message: String,
    pub cure: Option<String>,
}

/// A JSON pointer into a config as a plan's author would say it: `config.expect.status`.
pub fn spelled(pointer: &str) -> String {
    let mut text = String::from("config");
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        match part.parse::<usize>() {
            Ok(index) => text.push_str(&format!("[{index}]")),
            Err(_) => {
                text.push('.');
                text.push_str(&deployhost_policy::display::display(&part));
            }
        }
    }
    text
}

/// The pointer to a member of what `pointer` points to.
pub fn member(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}
