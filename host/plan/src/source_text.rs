//! The text of a file, and where in it a byte offset is.

use deployhost_policy::Location;

/// The text of a plan, under the name that its reader gave.
#[derive(Debug)]
pub struct SourceText {
    name: String,
    text: String,
    /// Byte offset of each line's first character.
    lines: Vec<usize>,
}

impl SourceText {
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

    /// The location of a byte offset; one beyond the end is the end.
    pub fn locate(&self, offset: usize) -> Location {
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

#[cfg(test)]
mod tests;
