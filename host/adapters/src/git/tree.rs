//! The work tree's place on this machine: what is there, and where its git folder is.
//!
//! Owns the checks that need the disk: a work tree is named by its top level, is reached through
//! no symlink, and lies outside the host's own folder. Runs nothing.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::problem::{at_path, refused_by_system};
use super::program::Repository;
use crate::bounded_file;
use deployhost_policy::{Diagnostic, Location};
use deployhost_runtime::capability::error::{CapabilityError, OfKind};
use deployhost_runtime::capability::git::TreePath;

/// Longest file of git's that holds a path, in bytes.
const POINTER: usize = 8 * 1024;

/// What stands at a work tree's path.
#[derive(Debug)]
pub(super) enum TreeState {
    Missing,
    /// An empty folder.
    Empty,
    WorkTreePaths(WorkTreePaths),
}

/// A folder that has a `.git`.
#[derive(Debug, Clone)]
pub(super) struct WorkTreePaths {
    pub top: PathBuf,
    /// What belongs to this work tree alone: HEAD and the index.
    pub git_dir: PathBuf,
    /// What linked work trees share: objects and branches.
    pub common: PathBuf,
}

impl WorkTreePaths {
    /// The one that a new repository at `top` has.
    pub fn at(top: &Path) -> Self {
        let git_dir = top.join(".git");
        Self {
            top: top.to_owned(),
            common: git_dir.clone(),
            git_dir,
        }
    }

    pub fn objects(&self) -> PathBuf {
        self.common.join("objects")
    }

    pub fn repository(&self) -> Repository {
        Repository {
            folder: self.top.clone(),
            git_dir: self.git_dir.clone(),
            work_tree: Some(self.top.clone()),
        }
    }
}

impl TreeState {
    /// `state` is the host's own folder.
    pub fn of(path: &TreePath, state: &Path) -> Result<Self, CapabilityError> {
        let top = path.as_path();
        if top.starts_with(state) {
            return Err(at_path(
                "git.tree-in-state",
                "the work tree lies inside deployhost's own state folder",
                top,
            )
            .help("name another place")
            .invalid());
        }
        let Some(meta) = reached_plainly(top)? else {
            return Ok(Self::Missing);
        };
        if !meta.is_dir() {
            return Err(at_path("git.tree-file", "the work tree is a file", top)
                .help("name a folder")
                .invalid());
        }
        let dot_git = top.join(".git");
        match fs::symlink_metadata(&dot_git) {
            Ok(meta) if meta.is_dir() => Ok(Self::WorkTreePaths(WorkTreePaths::at(top))),
            Ok(meta) if meta.is_file() => linked(top, &dot_git).map(Self::WorkTreePaths),
            Ok(_) => Err(at_path(
                "git.dot-git",
                "`.git` is neither a folder nor a file",
                &dot_git,
            )
            .help("a work tree through a symlink is not moved")
            .invalid()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => without_git(top),
            Err(error) => Err(unreadable(&dot_git, &error)),
        }
    }
}

/// What is at a path, none where nothing is; no part of it may be a symlink.
fn reached_plainly(path: &Path) -> Result<Option<fs::Metadata>, CapabilityError> {
    let mut so_far = PathBuf::new();
    let mut found = None;
    for part in path.components() {
        so_far.push(part);
        if part == Component::RootDir {
            continue;
        }
        match fs::symlink_metadata(&so_far) {
            Ok(meta) if meta.is_symlink() => {
                let to = fs::read_link(&so_far).unwrap_or_default();
                return Err(Diagnostic::new(
                    "git.tree-symlink",
                    "the work tree's path goes through a symlink",
                )
                .at(Location::named(format!(
                    "{} leads to {}",
                    so_far.display(),
                    to.display()
                )))
                .help("write the real path")
                .parameter("path", so_far.display().to_string())
                .parameter("to", to.display().to_string())
                .invalid());
            }
            Ok(meta) => found = Some(meta),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Err(at_path(
                    "git.tree-below-file",
                    "a part of the work tree's path is a file",
                    &so_far,
                )
                .help("name a folder")
                .invalid());
            }
            Err(error) => return Err(unreadable(&so_far, &error)),
        }
    }
    Ok(found)
}

/// A folder without `.git`: empty, inside a work tree, or something else altogether.
fn without_git(top: &Path) -> Result<TreeState, CapabilityError> {
    let mut entries = fs::read_dir(top).map_err(|error| unreadable(top, &error))?;
    if entries.next().is_none() {
        return Ok(TreeState::Empty);
    }
    let above = top
        .ancestors()
        .skip(1)
        .find(|folder| folder.join(".git").exists());
    Err(CapabilityError::invalid(match above {
        Some(above) => at_path(
            "git.tree-not-top",
            "not the top level of its work tree",
            top,
        )
        .help(format!("write {}", above.display())),
        None => Diagnostic::new("git.tree-missing", "not a git work tree")
            .at(Location::named(format!(
                "{} has files and no `.git`",
                top.display()
            )))
            .help("name a work tree, or a path where nothing is yet")
            .parameter("path", top.display().to_string()),
    }))
}

/// A work tree whose `.git` is a file: made by `git worktree add`, or with its git folder apart.
fn linked(top: &Path, dot_git: &Path) -> Result<WorkTreePaths, CapabilityError> {
    let text = pointer(dot_git).map_err(|error| unreadable(dot_git, &error))?;
    let Some(named) = text.strip_prefix("gitdir: ").map(str::trim_end) else {
        return Err(at_path(
            "git.dot-git",
            "`.git` is a file that git did not write",
            dot_git,
        )
        .invalid());
    };
    let git_dir = top.join(named);
    let common = match pointer(&git_dir.join("commondir")) {
        Ok(text) => git_dir.join(text.trim_end()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => git_dir.clone(),
        Err(error) => return Err(unreadable(&git_dir, &error)),
    };
    Ok(WorkTreePaths {
        top: top.to_owned(),
        git_dir,
        common,
    })
}

/// A file of git's that holds a path.
fn pointer(path: &Path) -> io::Result<String> {
    String::from_utf8(bounded_file::read(path, POINTER)?).map_err(io::Error::other)
}

fn unreadable(path: &Path, error: &io::Error) -> CapabilityError {
    refused_by_system("git.tree-unread", "cannot be read", path, error)
}
