//! Problems with git, as diagnostics: each kind has its code.

use std::fmt::Display;
use std::path::Path;

use super::setup::FetchSource;
use deployhost_policy::{Diagnostic, Location};
use deployhost_runtime::capability::error::{CapabilityError, OfKind};
use deployhost_runtime::capability::git::TreePath;

/// A problem with a path of this machine.
pub(super) fn at_path(code: &'static str, message: impl Into<String>, path: &Path) -> Diagnostic {
    Diagnostic::new(code, message)
        .at(path)
        .parameter("path", path.display().to_string())
}

/// What the system refused to do with a path.
pub(super) fn refused_by_system(
    code: &'static str,
    what: &str,
    path: &Path,
    error: impl Display,
) -> CapabilityError {
    at_path(code, format!("{what}: {error}"), path).other()
}

/// A problem with what a remote has.
pub(super) fn in_remote(
    code: &'static str,
    message: impl Into<String>,
    source: &FetchSource,
) -> Diagnostic {
    Diagnostic::new(code, message)
        .at(Location::named(format!("in {}", source.url)))
        .parameter("url", source.url.as_str())
}

/// The problem of a git that runs in a folder.
pub(super) fn in_folder(problem: Diagnostic, folder: &Path) -> Diagnostic {
    let folder = folder.display().to_string();
    problem
        .at(Location::named(format!("in {folder}")))
        .parameter("folder", folder)
}

/// There is no such commit in what was fetched, nor, where that was looked at, in the tree.
pub(super) fn commit_missing(
    commits: &str,
    source: &FetchSource,
    and: Option<&TreePath>,
) -> CapabilityError {
    let mut place = format!("in what was fetched from {}", source.url);
    if let Some(tree) = and {
        place += &format!(", nor in {tree}");
    }
    Diagnostic::new(
        "git.commit-missing",
        format!("there is no commit {commits}"),
    )
    .at(Location::named(place))
    .parameter("commit", commits)
    .parameter("url", source.url.as_str())
    .not_found()
}
