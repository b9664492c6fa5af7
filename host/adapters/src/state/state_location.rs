//! Which folder is the state folder: what was given, or where this kind of user keeps state.
//!
//! Decides from the command line and the environment alone; looks at nothing inside the folder.

use std::ffi::OsString;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::{StateError, StateUser};

/// Where the state folder is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateLocation {
    /// Absolute, with a last component.
    path: PathBuf,
    /// Nobody named it: the folders above it may be made, too.
    usual: bool,
}

impl StateLocation {
    /// `--state`, else `$STATE_DIRECTORY` (systemd), else `/var/lib/deployhost` for root, else
    /// `$XDG_STATE_HOME/deployhost`, else `$HOME/.local/state/deployhost`.
    pub fn choose(given: Option<&Path>) -> Result<Self, StateError> {
        Self::choose_from(given, StateUser::me().is_root(), |name| {
            std::env::var_os(name)
        })
    }

    pub(super) fn choose_from(
        given: Option<&Path>,
        root: bool,
        environment: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, StateError> {
        if let Some(path) = given {
            return Self::named(path, false);
        }
        // Several folders of one unit are separated by colons; the first is the state folder.
        if let Some(listed) = environment("STATE_DIRECTORY")
            && let Some(first) = listed.to_string_lossy().split(':').next()
            && Path::new(first).is_absolute()
        {
            return Self::named(Path::new(first), false);
        }
        if root {
            return Self::named(Path::new("/var/lib/deployhost"), true);
        }
        // A relative path is no path, says the XDG specification.
        let absolute = |name| {
            environment(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let base = absolute("XDG_STATE_HOME")
            .or_else(|| absolute("HOME").map(|home| home.join(".local/state")))
            .ok_or(StateError::NoHome)?;
        Self::named(&base.join("deployhost"), true)
    }

    fn named(path: &Path, usual: bool) -> Result<Self, StateError> {
        let absolute = std::path::absolute(path).map_err(|_| StateError::NoName {
            path: path.to_owned(),
        })?;
        match absolute.file_name() {
            Some(_) => Ok(Self {
                // Without the trailing slash that would make a symlink be followed.
                path: absolute.components().collect(),
                usual,
            }),
            None => Err(StateError::NoName {
                path: path.to_owned(),
            }),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path without symlinks above its last component; folders above a usual place are made.
    pub(super) fn made_parents(&self) -> Result<PathBuf, StateError> {
        if self.usual
            && let Some(parent) = self.path.parent()
        {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(parent)
                .map_err(|error| StateError::from_io(error, parent))?;
        }
        self.existing_parents()?
            .ok_or_else(|| StateError::NoParent {
                path: self.path.clone(),
            })
    }

    /// As `made_parents`, but nothing is made: none where a folder above is missing.
    pub(super) fn existing_parents(&self) -> Result<Option<PathBuf>, StateError> {
        let (Some(parent), Some(name)) = (self.path.parent(), self.path.file_name()) else {
            return Err(StateError::NoName {
                path: self.path.clone(),
            });
        };
        match parent.canonicalize() {
            Ok(parent) => Ok(Some(parent.join(name))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StateError::from_io(error, parent)),
        }
    }
}
