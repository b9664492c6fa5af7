//! A work tree as it is on the disk, against what a move would do to it.
//!
//! `git reset --hard` overwrites untracked files without a word, deletes untracked folders that
//! stand where a file is to be, and stops half-way where it may not write. So all of it is looked
//! for beforehand. Reads folders, runs nothing.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, accessat};

use super::conflict::MOST;
use super::tree::WorkTreePaths;
use crate::state::StateUser;
use deployhost_runtime::capability::git::Obstacle;

/// Most entries of a folder in the way that are looked through.
const ENTRIES: usize = 10_000;

/// A path that differs between the commit and what the tree has or tracks.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub path: PathBuf,
    pub kind: ChangeKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChangeKind {
    /// In the commit, and not tracked, or gone from the disk.
    Comes,
    /// Tracked, and not in the commit.
    Goes,
    Changes,
}

/// The work tree as it is on the disk, beside what would change.
pub(super) struct Disk<'a> {
    pub top: &'a Path,
    pub changes: &'a [Change],
    /// Paths that an interrupted move may have written.
    pub ours: &'a HashSet<PathBuf>,
}

impl Disk<'_> {
    /// Untracked things where the commit has something.
    pub fn in_the_way(&self) -> Vec<Obstacle> {
        let going: HashSet<&Path> = self
            .changes
            .iter()
            .filter(|change| change.kind == ChangeKind::Goes)
            .map(|change| change.path.as_path())
            .collect();
        let known = |path: &Path| going.contains(path) || self.ours.contains(path);
        let mut found: Vec<Obstacle> = Vec::new();
        let mut named = HashSet::new();
        // Folders on the way to a path: true where one can be, or is made.
        let mut open: HashMap<&Path, bool> = HashMap::new();
        for change in self
            .changes
            .iter()
            .filter(|change| change.kind == ChangeKind::Comes)
        {
            let path = change.path.as_path();
            let mut folders: Vec<&Path> = path.ancestors().skip(1).collect();
            // The last is the tree itself.
            folders.pop();
            let free = |above: &Path| match fs::symlink_metadata(self.top.join(above)) {
                Ok(meta) => meta.is_dir() || known(above),
                Err(_) => true,
            };
            let mut from_the_top = folders.into_iter().rev();
            let blocked =
                from_the_top.find(|above| !*open.entry(above).or_insert_with(|| free(above)));
            let in_way = blocked.map(Path::to_owned).or_else(|| {
                let meta = fs::symlink_metadata(self.top.join(path)).ok()?;
                match meta.is_dir() {
                    true => self.stranger_in(path, &known),
                    false => (!known(path)).then(|| path.to_owned()),
                }
            });
            if let Some(file) = in_way
                && named.insert(file.clone())
            {
                let owner = fs::symlink_metadata(self.top.join(&file))
                    .map(|meta| StateUser::numbered(meta.uid()).to_string())
                    .unwrap_or_default();
                let what = match file == path {
                    true => "would be overwritten".to_owned(),
                    false => format!("stands in the way of {}", path.display()),
                };
                found.push(Obstacle {
                    path: file.to_string_lossy().into_owned(),
                    kind: "untracked".into(),
                    detail: format!("not tracked, {what}; belongs to {owner}"),
                });
                if found.len() >= MOST {
                    break;
                }
            }
        }
        found
    }

    /// A file below this folder that git does not know.
    fn stranger_in(&self, path: &Path, known: &impl Fn(&Path) -> bool) -> Option<PathBuf> {
        let mut folders = vec![path.to_owned()];
        let mut seen = 0;
        while let Some(folder) = folders.pop() {
            // A folder that cannot be read may hold anything.
            let Ok(entries) = fs::read_dir(self.top.join(&folder)) else {
                return Some(folder);
            };
            for entry in entries.flatten() {
                let inner = folder.join(entry.file_name());
                seen += 1;
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) && seen < ENTRIES {
                    folders.push(inner);
                } else if !known(&inner) || seen >= ENTRIES {
                    return Some(inner);
                }
            }
        }
        None
    }

    /// Folders in which this user cannot do what the move has to: git replaces a file by writing
    /// another and renaming, so a folder's permission counts, not its files'.
    pub fn unwritable(&self, tree: &WorkTreePaths) -> Vec<Obstacle> {
        let mut checked = HashSet::new();
        let mut found = Vec::new();
        for change in self.changes {
            let full = self.top.join(&change.path);
            let folder = match full.parent() {
                Some(folder) if folder.starts_with(self.top) => nearest(folder).to_owned(),
                _ => continue,
            };
            if checked.insert(folder.clone()) {
                let name = folder
                    .strip_prefix(self.top)
                    .unwrap_or(&folder)
                    .display()
                    .to_string();
                let name = if name.is_empty() { ".".into() } else { name };
                found.extend(unwritable(&folder, name));
            }
            if found.len() >= MOST {
                return found;
            }
        }
        // Git's own files: a `git pull` as another user leaves these behind.
        for path in git_files(tree) {
            let name = path
                .strip_prefix(self.top)
                .unwrap_or(&path)
                .display()
                .to_string();
            found.extend(unwritable(&path, name));
        }
        found
    }
}

/// What a move writes below the git folder, where it is there. Not the index: git makes a new one and
/// renames it, so that it may be another user's, as `sudo git status` leaves it.
fn git_files(tree: &WorkTreePaths) -> Vec<PathBuf> {
    let mut files = vec![tree.git_dir.clone(), tree.git_dir.join("logs/HEAD")];
    for name in [
        "objects",
        "objects/pack",
        "refs",
        "refs/heads",
        "refs/remotes",
        "logs",
    ] {
        files.push(tree.common.join(name));
    }
    let branches = tree.common.join("logs/refs/heads");
    for entry in fs::read_dir(branches)
        .into_iter()
        .flatten()
        .flatten()
        .take(MOST)
    {
        files.push(entry.path());
    }
    files.retain(|path| path.exists());
    files
}

/// The closest folder above (or at) this path that is there.
pub(super) fn nearest(path: &Path) -> &Path {
    path.ancestors()
        .find(|folder| folder.is_dir())
        .unwrap_or(path)
}

/// The obstacle that a folder or file is, where this user cannot write there. Root can, but not on
/// a disk that is read-only.
pub(super) fn unwritable(path: &Path, name: String) -> Option<Obstacle> {
    let folder = path.is_dir();
    let wanted = if folder {
        Access::WRITE_OK | Access::EXEC_OK
    } else {
        Access::WRITE_OK
    };
    let refused: io::Error = accessat(CWD, path, wanted, AtFlags::EACCESS).err()?.into();
    let owner = fs::symlink_metadata(path)
        .map(|meta| StateUser::numbered(meta.uid()).to_string())
        .unwrap_or_default();
    let what = if folder { "this folder" } else { "this file" };
    Some(Obstacle {
        path: name,
        kind: "unwritable".into(),
        detail: format!("{what} belongs to {owner}, and this user cannot write there: {refused}"),
    })
}
