//! One thing wrong with a config, and where in it.

use std::fmt;

use crate::{ConfigError, Diagnostic};

/// The code of an error that was given none of its own.
pub const INVALID: &str = "config.invalid";

impl ConfigError {
    /// `pointer` is a JSON pointer into the config; empty: all of it.
    pub fn at(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            diagnostic: Diagnostic::new(INVALID, message),
        }
    }

    /// The JSON pointer to a key of a table that has one: `/follow`, `a/b` gives `/follow/a~1b`.
    pub fn pointer_to(table: &str, key: &str) -> String {
        format!("{table}/{}", key.replace('~', "~0").replace('/', "~1"))
    }

    /// A code of its own.
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.diagnostic.code = code.into();
        self
    }

    /// What to do, in one line.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.diagnostic = self.diagnostic.help(help);
        self
    }

    /// Something that the message is about, by name.
    pub fn parameter(mut self, name: impl Into<String>, value: impl fmt::Display) -> Self {
        self.diagnostic = self.diagnostic.parameter(name, value);
        self
    }

    /// What is wrong, in one line.
    pub fn message(&self) -> &str {
        &self.diagnostic.message
    }
}
