//! Why a state folder is refused.

use std::io;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::StateUser;
use deployhost_policy::{Diagnostic, Location};

/// A state folder, or a folder in it, that is not used as it is.
#[derive(Debug, thiserror::Error)]
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

impl StateError {
    /// What people read.
    pub fn diagnostic(&self) -> Diagnostic {
        let at = |code: &'static str, message: &str, path: &Path| {
            Diagnostic::new(code, message)
                .at(path)
                .parameter("path", path.display().to_string())
        };
        match self {
            Self::NoHome => Diagnostic::new("state.no-home", "no place for the state folder")
                .at(Location::named("HOME is not set"))
                .help("give one with --state FOLDER"),
            Self::NoName { path } => at("state.no-name", "not a path of a state folder", path)
                .help("name the folder itself, as in --state /srv/state"),
            Self::NoParent { path } => {
                let parent = path.parent().unwrap_or(path);
                let message = "the folder to hold the state folder is missing";
                at("state.no-parent", message, parent)
                    .help(format!("mkdir -p {}", parent.display()))
            }
            Self::Symlink { path } => at("state.symlink", "the state folder is a symlink", path)
                .help("give the folder it leads to, with --state"),
            Self::NotAFolder { path } => {
                let message = "the state folder is not a folder";
                at("state.not-a-folder", message, path)
                    .help("move it away, or give another with --state")
            }
            Self::OtherOwner { path, owner, me } => {
                let message = format!("the state folder or its file is {owner}'s, not {me}'s");
                at("state.other-owner", &message, path)
                    .help(format!("run as {owner}, or give another with --state"))
                    .parameter("owner", owner.to_string())
                    .parameter("user", me.to_string())
            }
            Self::OpenToOthers { path, mode, cure } => {
                let message =
                    format!("others have rights on the state folder or its file (mode {mode:04o})");
                at("state.open-to-others", &message, path)
                    .help(format!(
                        "chmod {cure:o} {} (in a systemd unit: StateDirectoryMode=0700)",
                        path.display()
                    ))
                    .parameter("mode", format!("{mode:04o}"))
            }
            Self::Network { path, kind } => {
                let message = format!("locks are not reliable on {kind}");
                at("state.network", &message, path)
                    .help("give a folder on a local disk with --state")
                    .parameter("file-system", *kind)
            }
            Self::ReadOnly { path } => at("state.read-only", "read-only file system", path)
                .help("mount it writable, or give another folder with --state"),
            Self::Full { path, free } => {
                let message = format!(
                    "too little space for a run ({} MiB free)",
                    free / (1024 * 1024)
                );
                at("state.full", &message, path)
                    .help("free at least 16 MiB")
                    .parameter("free", free.to_string())
            }
            Self::Denied { path, me } => {
                let message = format!("{me} may not write the state folder");
                at("state.denied", &message, path)
                    .help("run as its owner, or give another with --state")
                    .parameter("user", me.to_string())
            }
            Self::Io { path, source } => {
                let message = format!("the state folder cannot be used: {source}");
                at("state.unusable", &message, path).help("give another with --state")
            }
        }
    }
}

deployhost_policy::print_as_diagnostic!(StateError);
