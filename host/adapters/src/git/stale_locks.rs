//! Lock files that a killed git left behind.
//!
//! Git never removes them by itself, and refuses to work beside them. They are removed where they
//! are older than the call that finds them and no git works in that folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::problem::refused_by_system;
use deployhost_policy::{Diagnostic, Location};
use deployhost_runtime::capability::error::{CapabilityError, OfKind};

/// Most folders below `refs` that are looked through.
const FOLDERS: usize = 10_000;

/// Removes them, and says which.
pub(super) fn clear(
    git_dir: &Path,
    folder: &Path,
    before: SystemTime,
) -> Result<Vec<PathBuf>, CapabilityError> {
    let old = |lock: &PathBuf| {
        fs::symlink_metadata(lock)
            .and_then(|meta| meta.modified())
            .is_ok_and(|modified| modified < before)
    };
    let locks: Vec<PathBuf> = locks(git_dir).into_iter().filter(old).collect();
    if locks.is_empty() {
        return Ok(locks);
    }
    if let Some(process) = at_work(folder) {
        return Err(Diagnostic::new("git.busy", "another git is at work")
            .at(Location::named(format!(
                "process {process} in {}",
                folder.display()
            )))
            .help("wait for it to end")
            .parameter("pid", process.to_string())
            .parameter("folder", folder.display().to_string())
            .other());
    }
    for lock in &locks {
        fs::remove_file(lock).map_err(|error| {
            let what = "a killed git's lock cannot be removed";
            refused_by_system("git.lock-unremoved", what, lock, error)
        })?;
    }
    Ok(locks)
}

/// The lock files of a git folder: its own and those of its refs.
fn locks(git_dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![git_dir.join("refs")];
    let mut seen = 0;
    let mut look = |folder: &Path, folders: Option<&mut Vec<PathBuf>>| {
        let Ok(entries) = fs::read_dir(folder) else {
            return;
        };
        let mut inner = Vec::new();
        for entry in entries.flatten() {
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder {
                inner.push(entry.path());
            } else if entry.path().extension().is_some_and(|end| end == "lock") {
                found.push(entry.path());
            }
        }
        if let Some(folders) = folders {
            folders.extend(inner);
        }
    };
    look(git_dir, None);
    while let Some(folder) = folders.pop() {
        seen += 1;
        if seen > FOLDERS {
            break;
        }
        look(&folder, Some(&mut folders));
    }
    found
}

/// A git process whose current folder is in here. Those of other users are seen by root only.
fn at_work(folder: &Path) -> Option<u32> {
    let inside = |process: &Path| {
        let name = fs::read_to_string(process.join("comm")).unwrap_or_default();
        (name.trim_end() == "git" || name.starts_with("git-"))
            && fs::read_link(process.join("cwd")).is_ok_and(|at| at.starts_with(folder))
    };
    fs::read_dir("/proc")
        .ok()?
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .find(|(_, process)| inside(process))
        .map(|(id, _)| id)
}
