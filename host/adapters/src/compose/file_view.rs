//! The files of a project as they lie there, or as they will when their work tree has moved.
//!
//! Owns where a path leads then. Compose is shown the same through an [`Overlay`].

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use tempfile::TempDir;

use crate::bounded_file::{self, BoundedFileError};
use crate::overlay::Overlay;
use deployhost_policy::lexical_path::lexical_path;

/// Most symlinks on the way to a file, as Linux has it.
const LINKS: usize = 40;

/// By default, as they lie there.
#[derive(Debug, Default)]
pub struct FileView {
    moved: Option<MovedTree>,
}

#[derive(Debug)]
struct MovedTree {
    overlay: Overlay,
    /// Removed at the end.
    _folder: TempDir,
}

/// Where a layer for a work tree is put together.
pub struct Drawing {
    folder: TempDir,
    /// Empty at first.
    pub layer: PathBuf,
    /// Stays empty.
    below: PathBuf,
}

impl Drawing {
    pub fn begin() -> io::Result<Self> {
        let mut private = tempfile::Builder::new();
        let folder = private
            .prefix("deployhost-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir()?;
        let layer = folder.path().join("layer");
        let below = folder.path().join("below");
        fs::create_dir(&layer)?;
        fs::create_dir(&below)?;
        Ok(Self {
            folder,
            layer,
            below,
        })
    }
}

impl FileView {
    /// With `tree`, a path without symlinks, as the layer has it.
    pub fn moved(tree: PathBuf, drawn: Drawing) -> Self {
        let overlay = Overlay {
            folder: tree,
            layer: drawn.layer,
            below: drawn.below,
        };
        Self {
            moved: Some(MovedTree {
                overlay,
                _folder: drawn.folder,
            }),
        }
    }

    /// The command that runs another, which sees the files so. `program`: this one.
    pub fn command(&self, program: &Path, command: &[OsString]) -> Vec<OsString> {
        match &self.moved {
            Some(moved) => moved.overlay.around(program, command),
            None => command.to_vec(),
        }
    }

    /// The path without symlinks; an error where nothing is there.
    pub fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        let Some(moved) = &self.moved else {
            return path.canonicalize();
        };
        let mut pending: VecDeque<OsString> = parts(path).collect();
        let (mut resolved, mut links) = (PathBuf::from("/"), 0);
        while let Some(part) = pending.pop_front() {
            match Path::new(&part).components().next() {
                Some(Component::RootDir) => resolved = "/".into(),
                Some(Component::ParentDir) => {
                    resolved.pop();
                }
                Some(Component::Normal(name)) => {
                    let next = resolved.join(name);
                    let place = moved.place(&next)?;
                    if !fs::symlink_metadata(&place)?.is_symlink() {
                        resolved = next;
                        continue;
                    }
                    links += 1;
                    if links > LINKS {
                        return Err(io::Error::other("too many symlinks"));
                    }
                    for part in parts(&fs::read_link(&place)?).rev() {
                        pending.push_front(part);
                    }
                }
                Some(Component::CurDir | Component::Prefix(_)) | None => {}
            }
        }
        Ok(resolved)
    }

    /// The path without symlinks; where nothing is there, without `.` and `..` alone.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.canonicalize(path)
            .unwrap_or_else(|_| lexical_path(path))
    }

    /// What the path leads to.
    pub fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        let Some(moved) = &self.moved else {
            return fs::metadata(path);
        };
        let real = self.canonicalize(path)?;
        let metadata = fs::metadata(moved.place(&real)?)?;
        if metadata.is_dir() && moved.empties(&real)? {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(metadata)
    }

    /// All bytes of the file that the path leads to, at most `most`.
    pub fn read(&self, path: &Path, most: usize) -> Result<Vec<u8>, BoundedFileError> {
        bounded_file::read(&self.place(path)?, most)
    }

    /// Where on the disk this lies now.
    pub fn place(&self, path: &Path) -> io::Result<PathBuf> {
        match &self.moved {
            Some(moved) => moved.place(&self.canonicalize(path)?),
            None => Ok(path.to_owned()),
        }
    }
}

impl MovedTree {
    /// Does the move take away all that is in this folder? Git then takes it away too.
    fn empties(&self, folder: &Path) -> io::Result<bool> {
        match folder.strip_prefix(&self.overlay.folder) {
            Ok(inside) => all_deleted(folder, &self.overlay.layer.join(inside)),
            Err(_) => Ok(false),
        }
    }

    /// Of a path that no symlink leads to. In the layer, in the tree, or elsewhere.
    fn place(&self, path: &Path) -> io::Result<PathBuf> {
        let Ok(inside) = path.strip_prefix(&self.overlay.folder) else {
            return Ok(path.to_owned());
        };
        let mut at = self.overlay.layer.clone();
        let mut parts = inside.components().peekable();
        while let Some(part) = parts.next() {
            at.push(part);
            let kind = match fs::symlink_metadata(&at) {
                Ok(there) => there.file_type(),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(path.to_owned()),
                Err(error) => return Err(error),
            };
            if kind.is_char_device() {
                return Err(io::ErrorKind::NotFound.into());
            }
            if !kind.is_dir() && parts.peek().is_some() {
                return Err(io::ErrorKind::NotADirectory.into());
            }
        }
        Ok(if inside.as_os_str().is_empty() {
            path.to_owned()
        } else {
            at
        })
    }
}

/// Is each file of `folder` deleted by `layer`, and none added?
fn all_deleted(folder: &Path, layer: &Path) -> io::Result<bool> {
    let over = match fs::read_dir(layer) {
        Ok(entries) => entries.collect::<io::Result<Vec<_>>>()?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    for entry in &over {
        let kind = entry.file_type()?;
        let deleted = kind.is_char_device()
            || kind.is_dir() && all_deleted(&folder.join(entry.file_name()), &entry.path())?;
        if !deleted {
            return Ok(false);
        }
    }
    let below = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    let hidden = |name: OsString| over.iter().any(|it| it.file_name() == name);
    Ok(below.into_iter().all(|it| hidden(it.file_name())))
}

fn parts(path: &Path) -> impl DoubleEndedIterator<Item = OsString> {
    let parts: Vec<OsString> = path.components().map(|it| it.as_os_str().into()).collect();
    parts.into_iter()
}

#[cfg(test)]
mod tests;
