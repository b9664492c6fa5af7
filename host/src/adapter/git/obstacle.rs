//! What keeps a commit from being brought into a work tree.
//!
//! `git reset --hard` overwrites untracked files without a word, deletes untracked folders that
//! stand where a file is to be, and stops half-way where it may not write. So all of it is looked
//! for beforehand, and nothing is touched.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, accessat};

use super::mirror::Mirror;
use super::motion::{begun, commit_at, interrupted};
use super::setup::Setup;
use super::tree::{Place, Tree};
use super::{GitProgram, object};
use crate::capability::git::{Allow, CommitId, Error, Obstacle};
use crate::capability::log::cut;

/// Most obstacles that are told.
pub(super) const MOST: usize = 100;
/// Most entries of a folder in the way that are looked through.
const ENTRIES: usize = 10_000;

pub(super) async fn of(
    git: &GitProgram,
    top: &Path,
    place: Place,
    setup: &Setup,
    mirror: &Mirror<'_>,
    commit: &CommitId,
    allow: Allow,
) -> Result<Vec<Obstacle>, Error> {
    let held = refused_entries(mirror, commit, allow);
    let found = match place {
        Place::Tree(tree) => {
            let (held, (changes, ours)) =
                tokio::try_join!(held, pending(git, &tree, setup, mirror, commit))?;
            let look = move || {
                let disk = Disk {
                    top: &tree.top,
                    changes: &changes,
                    ours: &ours,
                };
                let mut found = held;
                found.extend(disk.in_the_way());
                found.extend(disk.unwritable(&tree));
                found
            };
            tokio::task::spawn_blocking(look)
                .await
                .map_err(|error| Error::Other(format!("looking for obstacles ended: {error}")))?
        }
        Place::Missing | Place::Empty => {
            let mut found = held.await?;
            let at = nearest(top);
            found.extend(unwritable(at, at.display().to_string()));
            found
        }
    };
    Ok(found.into_iter().take(MOST).collect())
}

/// Symlinks and submodules of the commit that are not allowed.
async fn refused_entries(
    mirror: &Mirror<'_>,
    commit: &CommitId,
    allow: Allow,
) -> Result<Vec<Obstacle>, Error> {
    if allow.symlinks && allow.submodules {
        return Ok(Vec::new());
    }
    let listing = mirror
        .ask()
        .listing()
        .arguments([
            "ls-tree",
            "-r",
            "-z",
            "--full-tree",
            "--end-of-options",
            commit.as_str(),
        ])
        .done()
        .await?;
    let (mut found, mut links) = (Vec::new(), Vec::new());
    for entry in listing.out.split(|b| *b == 0) {
        let entry = String::from_utf8_lossy(entry);
        let Some((about, path)) = entry.split_once('\t') else {
            continue;
        };
        let id = about.rsplit(' ').next().unwrap_or_default();
        let (kind, detail) = match about.split(' ').next() {
            Some("120000") if !allow.symlinks => {
                links.push(id.to_owned());
                ("symlink", String::new())
            }
            Some("160000") if !allow.submodules => (
                "submodule",
                format!("commit {} of another repository", cut(id, 7)),
            ),
            _ => continue,
        };
        found.push(Obstacle {
            path: path.to_owned(),
            kind: kind.into(),
            detail,
        });
        if found.len() >= MOST {
            break;
        }
    }
    if !links.is_empty() {
        let mut targets = object::contents(mirror.ask(), &links).await?.into_iter();
        for link in found.iter_mut().filter(|one| one.kind == "symlink") {
            let target = targets.next().and_then(object::Answer::ok);
            let target = target
                .map(|to| String::from_utf8_lossy(&to.content).into_owned())
                .unwrap_or_default();
            link.detail = format!("leads to {}", cut(&target, 200));
        }
    }
    Ok(found)
}

/// A path that differs between the commit and what the tree has or tracks.
#[derive(Debug, PartialEq, Eq)]
struct Change {
    path: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// In the commit, and not tracked, or gone from the disk.
    Comes,
    /// Tracked, and not in the commit.
    Goes,
    Changes,
}

/// What would change, and which untracked paths are a killed checkout's.
async fn pending(
    git: &GitProgram,
    tree: &Tree,
    setup: &Setup,
    mirror: &Mirror<'_>,
    commit: &CommitId,
) -> Result<(Vec<Change>, HashSet<String>), Error> {
    let in_tree = || git.on(&tree.repository());
    let differing = setup
        .quiet(in_tree())
        .objects_of(&[mirror.objects()])
        .listing()
        .arguments([
            "diff-index",
            "-z",
            "--no-renames",
            "--name-status",
            "--ignore-submodules=all",
        ])
        .arguments(["--end-of-options", commit.as_str(), "--"])
        .done();
    let ours = async {
        let moves = begun(in_tree()).await?;
        if moves.is_empty() {
            return Ok(HashSet::new());
        }
        let head = commit_at(in_tree(), "HEAD").await?;
        let Some(one) = interrupted(&moves, head.as_deref()) else {
            return Ok(HashSet::new());
        };
        let listing = in_tree()
            .listing()
            .arguments([
                "ls-tree",
                "-r",
                "-z",
                "--name-only",
                "--full-tree",
                "--end-of-options",
                &one.commit,
            ])
            .done()
            .await?;
        Ok(texts(&listing.out).collect())
    };
    let (differing, ours) = tokio::try_join!(differing, ours)?;
    let mut words = texts(&differing.out);
    let mut changes = Vec::new();
    while let (Some(status), Some(path)) = (words.next(), words.next()) {
        let kind = match status.as_str() {
            "D" => Kind::Comes,
            "A" => Kind::Goes,
            _ => Kind::Changes,
        };
        changes.push(Change { path, kind });
    }
    Ok((changes, ours))
}

fn texts(out: &[u8]) -> impl Iterator<Item = String> {
    out.split(|b| *b == 0)
        .filter(|text| !text.is_empty())
        .map(|text| String::from_utf8_lossy(text).into_owned())
}

/// The work tree as it is on the disk, beside what would change.
struct Disk<'a> {
    top: &'a Path,
    changes: &'a [Change],
    /// Paths that an interrupted move may have written.
    ours: &'a HashSet<String>,
}

impl Disk<'_> {
    /// Untracked things where the commit has something.
    fn in_the_way(&self) -> Vec<Obstacle> {
        let going: HashSet<&str> = self
            .changes
            .iter()
            .filter(|change| change.kind == Kind::Goes)
            .map(|change| change.path.as_str())
            .collect();
        let known = |path: &str| going.contains(path) || self.ours.contains(path);
        let mut found: Vec<Obstacle> = Vec::new();
        let mut named = HashSet::new();
        // Folders on the way to a path: true where one can be, or is made.
        let mut open: HashMap<&str, bool> = HashMap::new();
        for change in self
            .changes
            .iter()
            .filter(|change| change.kind == Kind::Comes)
        {
            let path = change.path.as_str();
            let mut blocked = None;
            for (end, _) in path.match_indices('/') {
                let above = &path[..end];
                let free = *open.entry(above).or_insert_with(|| {
                    match fs::symlink_metadata(self.top.join(above)) {
                        Ok(meta) => meta.is_dir() || known(above),
                        Err(_) => true,
                    }
                });
                if !free {
                    blocked = Some(above.to_owned());
                    break;
                }
            }
            let in_way = blocked.or_else(|| {
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
                    .map(|meta| owner(&meta))
                    .unwrap_or_default();
                let why = if file == path {
                    "would be overwritten"
                } else {
                    "stands in the way"
                };
                let what = if file == path {
                    String::new()
                } else {
                    format!(" of {path}")
                };
                found.push(Obstacle {
                    path: file,
                    kind: "untracked".into(),
                    detail: format!("not tracked, {why}{what}; belongs to {owner}"),
                });
                if found.len() >= MOST {
                    break;
                }
            }
        }
        found
    }

    /// A file below this folder that git does not know.
    fn stranger_in(&self, path: &str, known: &impl Fn(&str) -> bool) -> Option<String> {
        let mut folders = vec![path.to_owned()];
        let mut seen = 0;
        while let Some(folder) = folders.pop() {
            // A folder that cannot be read may hold anything.
            let Ok(entries) = fs::read_dir(self.top.join(&folder)) else {
                return Some(folder);
            };
            for entry in entries.flatten() {
                let inner = format!("{folder}/{}", entry.file_name().to_string_lossy());
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
    fn unwritable(&self, tree: &Tree) -> Vec<Obstacle> {
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

/// What a move writes below the git folder, where it is there.
fn git_files(tree: &Tree) -> Vec<PathBuf> {
    let mut files = vec![
        tree.git_dir.clone(),
        tree.git_dir.join("index"),
        tree.git_dir.join("logs/HEAD"),
    ];
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
fn nearest(path: &Path) -> &Path {
    path.ancestors()
        .find(|folder| folder.is_dir())
        .unwrap_or(path)
}

/// The obstacle that a folder or file is, where this user cannot write there. Root can, but not on
/// a disk that is read-only.
fn unwritable(path: &Path, name: String) -> Option<Obstacle> {
    let folder = path.is_dir();
    let wanted = if folder {
        Access::WRITE_OK | Access::EXEC_OK
    } else {
        Access::WRITE_OK
    };
    let refused: io::Error = accessat(CWD, path, wanted, AtFlags::EACCESS).err()?.into();
    let owner = fs::symlink_metadata(path)
        .map(|meta| owner(&meta))
        .unwrap_or_default();
    let what = if folder { "this folder" } else { "this file" };
    Some(Obstacle {
        path: name,
        kind: "unwritable".into(),
        detail: format!("{what} belongs to {owner}, and this user cannot write there: {refused}"),
    })
}

/// A user's name, else the number.
fn owner(meta: &fs::Metadata) -> String {
    let id = meta.uid().to_string();
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    users
        .lines()
        .find_map(|line| {
            let mut fields = line.split(':');
            let (name, _, number) = (fields.next()?, fields.next()?, fields.next()?);
            (number == id).then(|| name.to_owned())
        })
        .unwrap_or_else(|| format!("user {id}"))
}
