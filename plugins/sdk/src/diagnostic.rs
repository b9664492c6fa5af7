//! One thing that is wrong: a code for programs, and words for people.

use std::fmt;

use crate::Diagnostic;

/// The parameter that says where: `file:line:column`, or an entry's name.
pub const LOCATION: &str = "location";

impl Diagnostic {
    /// `code` is lower-case words joined by `.` and `-`, and never changes: `git-sync.tree-moved`.
    /// `message` is one line.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            help: None,
            parameters: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// What to do, in one line.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// One more line below.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Something that the message is about, by name.
    pub fn parameter(mut self, name: impl Into<String>, value: impl fmt::Display) -> Self {
        self.parameters.push((name.into(), value.to_string()));
        self
    }

    /// The value of a parameter; the last one of that name.
    pub fn value(&self, name: &str) -> Option<&str> {
        let (_, value) = self.parameters.iter().rev().find(|(own, _)| own == name)?;
        Some(value)
    }

    /// Where it is.
    pub fn location(&self) -> Option<&str> {
        self.value(LOCATION)
    }

    /// The same, with what was being done: `fetching origin: no route`.
    pub fn while_doing(mut self, what: impl fmt::Display) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }
}

/// One line, `message — location — help`; the notes are lines of their own.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for part in [self.location(), self.help.as_deref()]
            .into_iter()
            .flatten()
        {
            write!(f, " — {part}")?;
        }
        Ok(())
    }
}
