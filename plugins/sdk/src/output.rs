//! What steps hand to the steps after them: a well-known key and JSON. The keys and shapes are the
//! interface; the host carries them and keeps at most 64 KiB of a step.

use serde::{Deserialize, Serialize};

/// The [`Commit`](crate::Commit) that is deployed now.
pub const COMMIT: &str = "commit";
/// A [`Tree`].
pub const TREE: &str = "tree";
/// The list of [`Commit`](crate::Commit)s that this deployment brings, newest first.
pub const COMMITS: &str = "commits";
/// The names of containers that still run although their services are gone from the Compose file: an
/// answer may be theirs.
pub const LEFT_OVER: &str = "left_over";
/// The names of containers that end and are started again by Docker: that one answers now says little.
pub const UNSTABLE: &str = "unstable";
/// The names of what a step leaves out and what therefore still runs something older than this
/// deployment brought: the last paragraph of a run names them.
pub const OLDER: &str = "older";
pub const SERVICES: &str = "services";
pub const URL: &str = "url";

/// A work tree that a step moves, or moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tree {
    /// Absolute: its top level.
    pub path: String,
    /// The commit before this step; none where there was no tree.
    pub from: Option<String>,
    /// The commit that stands there now: in a proposal still `from`, in a receipt `to`. A later step
    /// sees by it whether the tree was moved.
    pub at: Option<String>,
    pub to: String,
    /// Paths that differ, relative to `path`. None: too many to list, so any path may.
    pub changed: Option<Vec<String>>,
}

/// An output under its key. What cannot be JSON becomes `null`, which reads as no answer.
pub fn entry(key: &str, value: &impl Serialize) -> (String, String) {
    let json = serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned());
    (key.to_owned(), json)
}
