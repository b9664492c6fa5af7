//! Where a problem is.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::display::{display, display_path};

/// Where a problem is, as its kind and not yet as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Location {
    /// A character of a file. Line and column count from 1.
    Text {
        file: String,
        line: usize,
        column: usize,
    },
    /// A file or folder as a whole.
    Path { path: String },
    /// An option of the command line, or a value that one gave: `--set code.ref`.
    Argument { argument: String },
    /// A value of a plan that was read back from the journal: `code.ref`.
    Journal { value: String },
    /// An entry of the plan.
    Entry { name: String },
    /// Anything else, in words: a process, a variable of the environment.
    Named { name: String },
}

impl Location {
    pub fn path(path: &Path) -> Self {
        Self::Path {
            path: path.display().to_string(),
        }
    }

    pub fn argument(argument: impl Into<String>) -> Self {
        Self::Argument {
            argument: argument.into(),
        }
    }

    pub fn journal(value: impl Into<String>) -> Self {
        Self::Journal {
            value: value.into(),
        }
    }

    pub fn entry(name: impl Into<String>) -> Self {
        Self::Entry { name: name.into() }
    }

    pub fn named(name: impl Into<String>) -> Self {
        Self::Named { name: name.into() }
    }

    pub(crate) fn map_texts(self, change: &mut impl FnMut(&str) -> String) -> Self {
        match self {
            Self::Text { file, line, column } => Self::Text {
                file: change(&file),
                line,
                column,
            },
            Self::Path { path } => Self::Path {
                path: change(&path),
            },
            Self::Argument { argument } => Self::Argument {
                argument: change(&argument),
            },
            Self::Journal { value } => Self::Journal {
                value: change(&value),
            },
            Self::Entry { name } => Self::Entry {
                name: change(&name),
            },
            Self::Named { name } => Self::Named {
                name: change(&name),
            },
        }
    }
}

impl From<&Path> for Location {
    fn from(path: &Path) -> Self {
        Self::path(path)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { file, line, column } => {
                write!(f, "{}:{line}:{column}", display_path(file))
            }
            Self::Path { path } => f.write_str(&display_path(path)),
            Self::Argument { argument } => f.write_str(&display(argument)),
            Self::Journal { value } => write!(f, "{} in the journal's plan", display(value)),
            Self::Entry { name } => write!(f, "entry {name}"),
            Self::Named { name } => f.write_str(name),
        }
    }
}
