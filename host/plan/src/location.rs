//! Where in a plan something is: offsets and JSON pointers become `file:line:column`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::problem::{Fault, Problem};
use deployhost_policy::display::{display, display_path};

/// Where a problem is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// Line and column count from 1; a column is a character.
    Text {
        file: String,
        line: usize,
        column: usize,
    },
    /// The file as a whole.
    File(String),
    /// A value that the command line gave: `--set code.ref`.
    Argument(String),
    /// A value of a plan that was read back from the journal: `code.ref`.
    Journal(String),
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { file, line, column } => {
                write!(f, "{}:{line}:{column}", display_path(file))
            }
            Self::File(file) => f.write_str(&display_path(file)),
            Self::Argument(argument) => f.write_str(&display(argument)),
            Self::Journal(path) => write!(f, "{} in the journal's plan", display(path)),
        }
    }
}

/// The text of a plan, under the name that its reader gave.
#[derive(Debug)]
pub struct Source {
    name: String,
    text: String,
    /// Byte offset of each line's first character.
    lines: Vec<usize>,
}

impl Source {
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(ends).collect();
        Self {
            name: name.into(),
            text,
            lines,
        }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The place of a byte offset; one beyond the end is the end.
    pub fn place(&self, offset: usize) -> Location {
        let offset = self.text.floor_char_boundary(offset);
        let line = self.lines.partition_point(|&start| start <= offset);
        let start = line
            .checked_sub(1)
            .and_then(|at| self.lines.get(at))
            .copied()
            .unwrap_or_default();
        Location::Text {
            file: self.name.clone(),
            line,
            column: self.text[start..offset].chars().count() + 1,
        }
    }
}

/// Byte offsets of a key and of its value.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    pub key: usize,
    pub value: usize,
}

/// Where each value of one entry's config was written. A plan from the journal has none, and names
/// its values instead.
#[derive(Debug, Clone, Default)]
pub struct ValueLocations {
    entry: String,
    written: Option<(Arc<Source>, BTreeMap<String, Span>)>,
    /// JSON pointer to the argument that gave the value.
    given: BTreeMap<String, String>,
}

impl ValueLocations {
    pub fn written(entry: &str, source: Arc<Source>, spots: BTreeMap<String, Span>) -> Self {
        Self {
            entry: entry.to_owned(),
            written: Some((source, spots)),
            given: BTreeMap::new(),
        }
    }

    pub fn journaled(entry: &str) -> Self {
        Self {
            entry: entry.to_owned(),
            ..Self::default()
        }
    }

    /// From now on the value at `pointer`, with all below it, is the argument's.
    pub fn give(&mut self, pointer: &str, argument: String) {
        let below = format!("{pointer}/");
        self.given.retain(|at, _| !at.starts_with(&below));
        if let Some((_, spots)) = &mut self.written {
            spots.retain(|at, _| !at.starts_with(&below));
        }
        self.given.insert(pointer.to_owned(), argument);
    }

    /// Where the value is; for one that was not written, the nearest table around it.
    pub fn of(&self, pointer: &str) -> Location {
        self.find(pointer, |spot| spot.value)
    }

    /// Where the key is.
    pub fn key(&self, pointer: &str) -> Location {
        self.find(pointer, |spot| spot.key)
    }

    pub fn problem(&self, fault: Fault) -> Problem {
        let place = if fault.key {
            self.key(&fault.pointer)
        } else {
            self.of(&fault.pointer)
        };
        Problem {
            what: fault.message,
            place,
            cure: fault.cure,
            hints: Vec::new(),
        }
    }

    fn find(&self, pointer: &str, exact: fn(&Span) -> usize) -> Location {
        let mut at = pointer;
        loop {
            if let Some(argument) = self.given.get(at) {
                return Location::Argument(argument.clone());
            }
            let spot = self
                .written
                .as_ref()
                .and_then(|(source, spots)| Some((source, spots.get(at)?)));
            if let Some((source, spot)) = spot {
                let offset = if at == pointer {
                    exact(spot)
                } else {
                    spot.value
                };
                return source.place(offset);
            }
            match at.rfind('/') {
                Some(end) => at = &at[..end],
                // A plugin may name what is no pointer.
                None if !at.is_empty() => at = "",
                None => return Location::Journal(self.entry.clone() + &pointer.replace('/', ".")),
            }
        }
    }
}

#[cfg(test)]
mod tests;
