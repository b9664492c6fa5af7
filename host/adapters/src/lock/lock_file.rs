//! Which file a lock is on.
//!
//! What two users can share must be locked where both look:
//! - a target: `locks/` of the state folder, since a target is known by its journal;
//! - a work tree: `deployhost.held` in its git dir, for whoever may write that; and, for the time
//!   before it is cloned, its path in `locks/`. Two users that clone one missing tree at the same
//!   moment are told apart by git alone;
//! - a Compose project: a file in the machine's folder for locks, for whoever may use the Docker
//!   socket. Another machine that drives the same Docker over the network is not covered, nor is
//!   a deployhost inside a container with its own `/run`. Two rootless Dockers of two users, with
//!   a project of one name, wait for each other without need.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Gid, Mode, OFlags, Stat, Uid};
use rustix::io::Errno;

use super::LockError;
use crate::bounded_file;
use crate::state::{FILE, StateFolder, StateUser};

/// The machine's folders for locks: the first that every user may write is the one for all.
const SHARED: [&str; 2] = ["/run/lock", "/tmp"];
/// Longest `.git` file of a linked work tree, in bytes.
const POINTER: usize = 8 * 1024;

/// What a lock is for. In the order of taking: people first hear of the target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    Target(String),
    Tree(PathBuf),
    Project(String),
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Target(name) => write!(f, "the target {name}"),
            Self::Tree(path) => write!(f, "the work tree {}", path.display()),
            Self::Project(name) => write!(f, "the Compose project {name}"),
        }
    }
}

/// For whom the file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Share {
    /// This user.
    Mine,
    /// Whoever may write the folder that it lies in.
    AsFolder,
    /// This user and a group: that of the Docker socket.
    Group(u32),
}

/// A resource and its file. Ordered, and alike for all who share it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LockFile {
    resource: Resource,
    path: PathBuf,
    share: Share,
}

impl LockFile {
    pub fn target(state: &StateFolder, target: &str) -> Result<Self, LockError> {
        Ok(Self {
            resource: Resource::Target(target.to_owned()),
            path: in_state(state, &file_name("target", target))?,
            share: Share::Mine,
        })
    }

    /// The right to tell the target's notifiers.
    pub fn notices(state: &StateFolder, target: &str) -> Result<Self, LockError> {
        Ok(Self {
            resource: Resource::Target(target.to_owned()),
            path: in_state(state, &file_name("notices", target))?,
            share: Share::Mine,
        })
    }

    /// The path's own lock, and the tree's where there is one.
    pub fn tree(state: &StateFolder, tree: &Path) -> Result<Vec<Self>, LockError> {
        let tree = settled(tree);
        let resource = Resource::Tree(tree.clone());
        let mut places = vec![Self {
            resource: resource.clone(),
            path: in_state(state, &file_name("tree", &tree.to_string_lossy()))?,
            share: Share::Mine,
        }];
        let unusable = |source| LockError::Unusable {
            resource: resource.clone(),
            path: tree.join(".git"),
            source,
        };
        if let Some(folder) = git_dir(&tree).map_err(unusable)? {
            places.push(Self {
                resource: resource.clone(),
                path: folder.join("deployhost.held"),
                share: Share::AsFolder,
            });
        }
        Ok(places)
    }

    pub fn project(folder: &Path, project: &str, socket: Option<&Path>) -> Result<Self, LockError> {
        let group = socket
            .and_then(|socket| rustix::fs::stat(socket).ok())
            .map_or(Share::Mine, |stat| Share::Group(stat.st_gid));
        Ok(Self {
            resource: Resource::Project(project.to_owned()),
            path: folder.join(format!("deployhost-{}", file_name("project", project))),
            share: group,
        })
    }

    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    pub fn unusable(&self, source: io::Error) -> LockError {
        LockError::Unusable {
            resource: self.resource.clone(),
            path: self.path.clone(),
            source,
        }
    }

    /// The file, open for reading and writing; made when missing.
    pub fn open(&self) -> Result<OwnedFd, LockError> {
        let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = loop {
            match rustix::fs::openat(CWD, &self.path, flags, FILE) {
                Ok(fd) => break fd,
                Err(Errno::NOENT) => {}
                Err(Errno::ACCESS) => return Err(self.foreign()),
                Err(errno) => return Err(self.unusable(errno.into())),
            }
            // Never made through somebody else's file of that name, not even in a sticky folder.
            match rustix::fs::openat(CWD, &self.path, flags | OFlags::CREATE | OFlags::EXCL, FILE) {
                Ok(fd) => {
                    self.hand_over(&fd).map_err(|e| self.unusable(e.into()))?;
                    break fd;
                }
                Err(Errno::EXIST) => {}
                Err(Errno::ACCESS) => return Err(self.foreign()),
                Err(errno) => return Err(self.unusable(errno.into())),
            }
        };
        let stat = rustix::fs::fstat(&fd).map_err(|e| self.unusable(e.into()))?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile || stat.st_nlink > 1 {
            return Err(self.unusable(io::Error::other("not a plain file of its own")));
        }
        if self.is_trusted(&stat) {
            Ok(fd)
        } else {
            Err(self.foreign())
        }
    }

    /// Is the open file still the one of that name?
    pub fn is_still(&self, file: &File) -> Result<bool, LockError> {
        let open = rustix::fs::fstat(file).map_err(|e| self.unusable(e.into()))?;
        match rustix::fs::statat(CWD, &self.path, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(there) => Ok((there.st_dev, there.st_ino) == (open.st_dev, open.st_ino)),
            Err(Errno::NOENT) => Ok(false),
            Err(errno) => Err(self.unusable(errno.into())),
        }
    }

    /// Gives a new file the owner, group and mode with which all who share it can lock it.
    fn hand_over(&self, fd: &OwnedFd) -> Result<(), Errno> {
        match self.share {
            Share::Mine => rustix::fs::fchmod(fd, FILE),
            Share::Group(group) => {
                // Who is not in the group cannot give it away: then the file is its maker's.
                let given = rustix::fs::fchown(fd, None, Some(Gid::from_raw(group)));
                let group = Mode::RGRP | Mode::WGRP;
                rustix::fs::fchmod(fd, if given.is_ok() { FILE | group } else { FILE })
            }
            Share::AsFolder => {
                let folder = rustix::fs::stat(self.path.parent().unwrap_or(&self.path))?;
                // Root deploys for somebody, whose next run must not find root's file.
                let owner = StateUser::me()
                    .is_root()
                    .then(|| Uid::from_raw(folder.st_uid));
                let group = Some(Gid::from_raw(folder.st_gid));
                let given = rustix::fs::fchown(fd, owner, group);
                let writers = folder.st_mode & 0o022;
                let mode = if given.is_ok() {
                    writers | writers << 1
                } else {
                    0
                };
                rustix::fs::fchmod(fd, FILE | Mode::from_raw_mode(mode))
            }
        }
    }

    /// In a folder that everybody may write, a file counts only if it was made by root, by this
    /// user, or by somebody of the group that it is for: its maker may take it away again.
    fn is_trusted(&self, stat: &Stat) -> bool {
        match self.share {
            Share::AsFolder => true,
            Share::Mine => stat.st_uid == 0 || StateUser::of(stat) == StateUser::me(),
            Share::Group(group) => {
                stat.st_uid == 0 || StateUser::of(stat) == StateUser::me() || stat.st_gid == group
            }
        }
    }

    fn foreign(&self) -> LockError {
        let owner = rustix::fs::statat(CWD, &self.path, AtFlags::SYMLINK_NOFOLLOW)
            .ok()
            .map(|stat| StateUser::of(&stat));
        LockError::Foreign {
            resource: self.resource.clone(),
            path: self.path.clone(),
            owner,
        }
    }
}

/// Where locks are that all users of this machine share: root's, and writable for all, but nobody
/// can take away another's file there.
pub fn shared_folder() -> Result<PathBuf, LockError> {
    const STICKY_FOR_ALL: u32 = 0o1002;
    SHARED
        .iter()
        .map(PathBuf::from)
        .find(|folder| {
            rustix::fs::statat(CWD, folder, AtFlags::SYMLINK_NOFOLLOW).is_ok_and(|stat| {
                FileType::from_raw_mode(stat.st_mode) == FileType::Directory
                    && stat.st_uid == 0
                    && stat.st_mode & STICKY_FOR_ALL == STICKY_FOR_ALL
            })
        })
        .ok_or(LockError::NoSharedFolder)
}

fn in_state(state: &StateFolder, name: &str) -> Result<PathBuf, LockError> {
    let folder = state.locks()?;
    Ok(folder.path.join(name))
}

/// One path for one place, as far as it exists.
fn settled(tree: &Path) -> PathBuf {
    let absolute = std::path::absolute(tree).unwrap_or_else(|_| tree.to_owned());
    if let Ok(path) = absolute.canonicalize() {
        return path;
    }
    match (
        absolute.parent().map(Path::canonicalize),
        absolute.file_name(),
    ) {
        (Some(Ok(parent)), Some(name)) => parent.join(name),
        _ => absolute,
    }
}

/// The git dir of a work tree: `.git`, or where the `.git` file of a linked one leads.
fn git_dir(tree: &Path) -> io::Result<Option<PathBuf>> {
    let git = tree.join(".git");
    let kind = match git.symlink_metadata() {
        Ok(metadata) => metadata.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if kind.is_dir() {
        return Ok(Some(git));
    }
    if !kind.is_file() {
        return Err(io::Error::other("neither a folder nor a file"));
    }
    let bytes = bounded_file::read(&git, POINTER)?;
    let text = String::from_utf8(bytes).map_err(io::Error::other)?;
    let Some(folder) = text.strip_prefix("gitdir: ") else {
        return Err(io::Error::other("it does not say where the git dir is"));
    };
    tree.join(folder.trim_end_matches(['\n', '\r']))
        .canonicalize()
        .map(Some)
}

/// `target-shop-production-0123456789abcdef.lock`: for people to read, and one for one name.
fn file_name(kind: &str, name: &str) -> String {
    let readable: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(64)
        .collect();
    let hash = blake3::hash(name.as_bytes()).to_hex();
    format!("{kind}-{}-{}.lock", readable.trim_matches('-'), &hash[..16])
}
