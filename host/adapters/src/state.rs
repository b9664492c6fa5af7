//! The state folder: what deployhost keeps on this machine between two commands.
//!
//! Owns the folder itself: that it is ours alone, that it can be written, and which subfolder is
//! for what. Does not own what lies in them: the journal, the locks and the store each have their
//! own file. Everything is reached from the folder's descriptor, so that a path swapped later
//! leads nowhere else.

mod durable;
mod installation_key;
mod problem;
mod state_location;
mod user;

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use cap_std::fs::Dir;
use rustix::fs::{Access, AtFlags, CWD, FileType, Mode, OFlags, Stat, StatVfsMountFlags};
use rustix::io::Errno;

pub use durable::{durable_write, publish};
pub use installation_key::InstallationKey;
pub use problem::StateError;
pub use state_location::StateLocation;
pub use user::StateUser;

/// Folders of ours, whatever the umask.
const FOLDER: Mode = Mode::RWXU;
/// Files of ours, whatever the umask.
pub const FILE: Mode = Mode::RUSR.union(Mode::WUSR);
/// Less free space than this and no run starts: it could not journal how it ends. In bytes.
pub const ROOM: u64 = 16 * 1024 * 1024;

/// The state folder, checked and held open.
#[derive(Debug)]
pub struct StateFolder {
    dir: Dir,
    path: PathBuf,
}

/// A folder inside it, of ours alone.
#[derive(Debug)]
pub struct Subfolder {
    pub dir: Dir,
    /// For programs that take a path, such as git.
    pub path: PathBuf,
}

impl StateFolder {
    /// The folder, made when it is missing, ready to be written.
    ///
    /// A symlink, a file, another's folder, one that others may look into, one on a network file
    /// system, a read-only or a full one is refused.
    pub fn open(place: &StateLocation) -> Result<Self, StateError> {
        let path = place.made_parents()?;
        let dir = Dir::from_std_file(File::from(make(CWD, path.as_os_str(), &path)?));
        let folder = Self { dir, path };
        folder.writable()?;
        folder.roomy()?;
        Ok(folder)
    }

    /// The folder as it is, for reading; none where it is missing. Nothing is made, and a full or
    /// read-only folder will do.
    pub fn look(place: &StateLocation) -> Result<Option<Self>, StateError> {
        let Some(path) = place.existing_parents()? else {
            return Ok(None);
        };
        match open(CWD, path.as_os_str(), &path) {
            Ok(dir) => Ok(Some(Self {
                dir: Dir::from_std_file(File::from(dir)),
                path,
            })),
            Err(StateError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Ok(None)
            }
            Err(problem) => Err(problem),
        }
    }

    pub fn dir(&self) -> &Dir {
        &self.dir
    }

    /// Absolute, without symlinks.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Mirrors of the remotes of work trees.
    pub fn mirrors(&self) -> Result<Subfolder, StateError> {
        self.subfolder("mirrors")
    }

    /// The bytes of every plugin of a kept release, by digest.
    pub fn plugins(&self) -> Result<Subfolder, StateError> {
        self.subfolder("plugins")
    }

    /// Compiled plugins: a cache, may be deleted at any time.
    pub fn compiled(&self) -> Result<Subfolder, StateError> {
        self.subfolder("compiled")
    }

    /// The files that locks are on: never deleted.
    pub fn locks(&self) -> Result<Subfolder, StateError> {
        self.subfolder("locks")
    }

    /// What children get as HOME: a folder without anybody's settings.
    pub fn home(&self) -> Result<Subfolder, StateError> {
        self.subfolder("home")
    }

    /// May files be made here? A read-only file system is told apart from a missing right.
    pub fn writable(&self) -> Result<(), StateError> {
        let access = Access::WRITE_OK | Access::EXEC_OK;
        rustix::fs::accessat(&self.dir, ".", access, AtFlags::EACCESS)
            .map_err(|errno| StateError::from_errno(errno, &self.path))?;
        let mount = rustix::fs::fstatvfs(&self.dir)
            .map_err(|errno| StateError::from_errno(errno, &self.path))?;
        if mount.f_flag.contains(StatVfsMountFlags::RDONLY) {
            return Err(StateError::ReadOnly {
                path: self.path.clone(),
            });
        }
        Ok(())
    }

    fn roomy(&self) -> Result<(), StateError> {
        let space = rustix::fs::fstatvfs(&self.dir)
            .map_err(|errno| StateError::from_errno(errno, &self.path))?;
        let free = space.f_bavail.saturating_mul(space.f_frsize);
        // File systems that make inodes as they go report none at all.
        let nodes = space.f_files > 0 && space.f_favail == 0;
        if free < ROOM || nodes {
            return Err(StateError::Full {
                path: self.path.clone(),
                free,
            });
        }
        Ok(())
    }

    fn subfolder(&self, name: &str) -> Result<Subfolder, StateError> {
        let path = self.path.join(name);
        let fd = make(&self.dir, OsStr::new(name), &path)?;
        Ok(Subfolder {
            dir: Dir::from_std_file(File::from(fd)),
            path,
        })
    }
}

/// The folder `name` of `within`, made when missing. `path` is what messages call it.
fn make(within: impl AsFd, name: &OsStr, path: &Path) -> Result<OwnedFd, StateError> {
    match rustix::fs::mkdirat(&within, name, FOLDER) {
        Err(Errno::EXIST) => return open(within, name, path),
        Err(errno) => return Err(StateError::from_errno(errno, path)),
        Ok(()) => {}
    }
    // A umask may have taken rights of our own away.
    rustix::fs::chmodat(&within, name, FOLDER, AtFlags::empty())
        .map_err(|errno| StateError::from_errno(errno, path))?;
    let made = open(within, name, path)?;
    // What is made durable inside must not lose its folder. Where the parent may not even be
    // read, that is left to the file system.
    if let Some(parent) = path.parent().and_then(|parent| File::open(parent).ok()) {
        parent
            .sync_all()
            .map_err(|error| StateError::from_io(error, path))?;
    }
    Ok(made)
}

/// An existing folder, refused unless it is ours alone.
fn open(within: impl AsFd, name: &OsStr, path: &Path) -> Result<OwnedFd, StateError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fd = match rustix::fs::openat(&within, name, flags, Mode::empty()) {
        Ok(fd) => fd,
        // The flags together answer "not a folder" for a symlink, too.
        Err(errno @ (Errno::NOTDIR | Errno::LOOP)) => {
            let kind = rustix::fs::statat(&within, name, AtFlags::SYMLINK_NOFOLLOW)
                .map(|stat| FileType::from_raw_mode(stat.st_mode));
            let path = path.to_owned();
            return Err(match kind {
                Ok(FileType::Symlink) => StateError::Symlink { path },
                Ok(FileType::Directory) | Err(_) => StateError::from_errno(errno, &path),
                Ok(_) => StateError::NotAFolder { path },
            });
        }
        Err(errno) => return Err(StateError::from_errno(errno, path)),
    };
    let stat = rustix::fs::fstat(&fd).map_err(|errno| StateError::from_errno(errno, path))?;
    ours(&stat, path)?;
    let system = rustix::fs::fstatfs(&fd).map_err(|errno| StateError::from_errno(errno, path))?;
    if let Some(kind) = network(system.f_type) {
        return Err(StateError::Network {
            path: path.to_owned(),
            kind,
        });
    }
    Ok(fd)
}

/// Owned by this user, and nothing for anybody else.
pub fn ours(stat: &Stat, path: &Path) -> Result<(), StateError> {
    let (owner, me) = (StateUser::of(stat), StateUser::me());
    if owner != me {
        return Err(StateError::OtherOwner {
            path: path.to_owned(),
            owner,
            me,
        });
    }
    let mode = stat.st_mode & 0o7777;
    if mode & 0o077 != 0 {
        return Err(StateError::OpenToOthers {
            path: path.to_owned(),
            mode,
            cure: match FileType::from_raw_mode(stat.st_mode) {
                FileType::Directory => FOLDER.as_raw_mode(),
                _ => FILE.as_raw_mode(),
            },
        });
    }
    Ok(())
}

/// File systems whose locks and shared memory cannot be relied on, by the kernel's magic number.
fn network(magic: i64) -> Option<&'static str> {
    match magic & 0xffff_ffff {
        0x6969 => Some("NFS"),
        0xff53_4d42 | 0xfe53_4d42 | 0x517b => Some("SMB"),
        0x00c3_6400 => Some("Ceph"),
        0x0102_1997 => Some("9P"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
