//! Where things are: a work tree's top on this machine, and a path inside a commit.
//!
//! What the text alone can tell is checked here; symlinks and what is in place need the disk and
//! are the adapter's.

use crate::Diagnostic;
use std::fmt;
use std::path::{Path as OsPath, PathBuf};

use super::reference::shown;
use crate::text::is_control_or_bidi;

/// Longest path, in bytes.
pub const LONGEST: usize = 4096;

/// The top of a work tree: absolute, not `/`, no `.` or `..`, no `~` or `$`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TreePath(PathBuf);

impl TreePath {
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        let refuse = |why: &str| {
            let message = format!("`{}` cannot be a work tree", shown(text));
            Err(Diagnostic::new("git.tree-path", message).help(why))
        };
        if text.len() > LONGEST {
            return refuse("the path is over 4096 bytes long");
        }
        if text.contains(is_control_or_bidi) {
            return refuse("it contains control characters");
        }
        if text.starts_with(['~', '$']) {
            return refuse("neither `~` nor `$` is expanded: write the whole path");
        }
        let Some(inner) = text.strip_prefix('/') else {
            return refuse("write an absolute path");
        };
        let parts: Vec<&str> = inner.split('/').filter(|part| !part.is_empty()).collect();
        if parts.is_empty() {
            return refuse("it is the root folder");
        }
        if parts.iter().any(|part| matches!(*part, "." | "..")) {
            return refuse("it contains `.` or `..`");
        }
        Ok(Self(PathBuf::from(format!("/{}", parts.join("/")))))
    }

    pub fn as_path(&self) -> &OsPath {
        &self.0
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}

/// A path inside a commit, relative to its top; empty: the whole tree.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Path(String);

impl Path {
    /// One `/` at the end is accepted and dropped.
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        let refuse = |why: &str| {
            let message = format!("`{}` is no path inside a commit", shown(text));
            Err(Diagnostic::new("git.path", message).help(why))
        };
        if text.len() > LONGEST {
            return refuse("it is over 4096 bytes long");
        }
        if text.contains(is_control_or_bidi) {
            return refuse("it contains control characters");
        }
        if text.starts_with('/') {
            return refuse("it is absolute");
        }
        let path = text.strip_suffix('/').unwrap_or(text);
        if !path.is_empty() && path.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return refuse("a part of it is empty, `.` or `..`");
        }
        Ok(Self(path.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder that it lies in, empty at the top, and its last part.
    pub fn parent_and_name(&self) -> (&str, &str) {
        self.0.rsplit_once('/').unwrap_or(("", &self.0))
    }

    pub fn is_whole_tree(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests;
