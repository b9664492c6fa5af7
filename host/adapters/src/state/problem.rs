//! Why a state folder is refused, in words for people: `what — where — what to do`.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::StateUser;

/// A state folder, or a folder in it, that is not used as it is.
#[derive(Debug)]
pub enum StateError {
    /// Neither `--state` nor an environment that says where.
    NoHome,
    /// `/`, or a path that ends in `..`.
    NoName {
        path: PathBuf,
    },
    /// The folder that is to hold a named state folder.
    NoParent {
        path: PathBuf,
    },
    Symlink {
        path: PathBuf,
    },
    NotAFolder {
        path: PathBuf,
    },
    OtherOwner {
        path: PathBuf,
        owner: StateUser,
        me: StateUser,
    },
    /// `cure` is the mode that it is to have.
    OpenToOthers {
        path: PathBuf,
        mode: u32,
        cure: u32,
    },
    Network {
        path: PathBuf,
        kind: &'static str,
    },
    ReadOnly {
        path: PathBuf,
    },
    /// `free` in bytes.
    Full {
        path: PathBuf,
        free: u64,
    },
    Denied {
        path: PathBuf,
        me: StateUser,
    },
    Io {
        path: PathBuf,
        source: io::Error,
    },
}

impl StateError {
    pub(super) fn from_errno(errno: Errno, path: &Path) -> Self {
        let path = path.to_owned();
        match errno {
            Errno::ROFS => Self::ReadOnly { path },
            Errno::NOSPC | Errno::DQUOT => Self::Full { path, free: 0 },
            Errno::ACCESS | Errno::PERM => Self::Denied {
                path,
                me: StateUser::me(),
            },
            Errno::NOTDIR => Self::NotAFolder { path },
            _ => Self::Io {
                path,
                source: errno.into(),
            },
        }
    }

    pub(super) fn from_io(error: io::Error, path: &Path) -> Self {
        match Errno::from_io_error(&error) {
            Some(errno) => Self::from_errno(errno, path),
            None => Self::Io {
                path: path.to_owned(),
                source: error,
            },
        }
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHome => f.write_str(
                "no place for the state folder — HOME is not set — give one with --state FOLDER",
            ),
            Self::NoName { path } => write!(
                f,
                "not a path of a state folder — {} — name the folder itself, as in --state /srv/state",
                path.display()
            ),
            Self::NoParent { path } => write!(
                f,
                "the folder to hold the state folder is missing — {0} — mkdir -p {0}",
                path.parent().unwrap_or(path).display()
            ),
            Self::Symlink { path } => write!(
                f,
                "the state folder is a symlink — {} — give the folder it leads to, with --state",
                path.display()
            ),
            Self::NotAFolder { path } => write!(
                f,
                "the state folder is not a folder — {} — move it away, or give another with --state",
                path.display()
            ),
            Self::OtherOwner { path, owner, me } => write!(
                f,
                "the state folder or its file is {owner}'s, not {me}'s — {} — run as {owner}, or give another with --state",
                path.display()
            ),
            Self::OpenToOthers { path, mode, cure } => write!(
                f,
                "others have rights on the state folder or its file (mode {mode:04o}) — {0} — chmod {cure:o} {0} (in a systemd unit: StateDirectoryMode=0700)",
                path.display()
            ),
            Self::Network { path, kind } => write!(
                f,
                "locks are not reliable on {kind} — {} — give a folder on a local disk with --state",
                path.display()
            ),
            Self::ReadOnly { path } => write!(
                f,
                "read-only file system — {} — mount it writable, or give another folder with --state",
                path.display()
            ),
            Self::Full { path, free } => write!(
                f,
                "too little space for a run ({} MiB free) — {} — free at least 16 MiB",
                free / (1024 * 1024),
                path.display()
            ),
            Self::Denied { path, me } => write!(
                f,
                "{me} may not write the state folder — {} — run as its owner, or give another with --state",
                path.display()
            ),
            Self::Io { path, source } => write!(
                f,
                "the state folder cannot be used: {source} — {} — give another with --state",
                path.display()
            ),
        }
    }
}

impl std::error::Error for StateError {}
