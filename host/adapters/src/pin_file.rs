//! The file `plugins.toml` beside a plan: read whole, and replaced whole.
//!
//! Owns the file, not what is in it. It lies in a folder that others may write to and that is not
//! ours: nothing in it is followed, nothing that is no file is opened for long.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use rustix::fs::{AtFlags, CWD, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use super::bounded_file::{BoundedFile, BoundedFileError};
use super::state::publish;

/// Largest file that is read, in bytes.
const LARGEST: usize = 1024 * 1024;
/// How long another writer is waited for, in pieces of this.
const PIECE: Duration = Duration::from_millis(20);
const PIECES: u32 = 100;

/// Where the file is, or is to be.
#[derive(Debug, Clone)]
pub struct PinFile {
    folder: PathBuf,
    name: &'static str,
}

/// The folder, for as long as the file is being changed: two runs come one after the other.
#[derive(Debug)]
pub struct PinFileChange<'a> {
    file: &'a PinFile,
    folder: OwnedFd,
}

impl PinFile {
    /// `name` is one path component.
    pub fn new(folder: &Path, name: &'static str) -> Self {
        Self {
            folder: folder.to_owned(),
            name,
        }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.join(self.name)
    }

    /// What it holds; None: there is none.
    pub fn read(&self) -> Result<Option<Vec<u8>>, BoundedFileError> {
        let read = BoundedFile::open_in(CWD, &self.path()).and_then(|file| file.read(LARGEST));
        match read {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        }
    }

    /// Keeps other writers out until the answer is dropped.
    pub fn change(&self) -> io::Result<PinFileChange<'_>> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::openat(CWD, &self.folder, flags, Mode::empty())?;
        for _ in 0..PIECES {
            match rustix::fs::flock(&folder, FlockOperation::NonBlockingLockExclusive) {
                Err(Errno::WOULDBLOCK) => sleep(PIECE),
                // Where folders cannot be locked (NFS) the last of two writers is right: a pin that
                // is lost so is made again when its plugin is used next.
                Ok(()) | Err(_) => return Ok(PinFileChange { file: self, folder }),
            }
        }
        Err(io::Error::other("another process has the folder locked"))
    }
}

impl PinFileChange<'_> {
    /// Puts these bytes in the place of what was there, for everyone to read: the old file or the
    /// new one is there whole, whenever the power fails.
    pub fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let draft = format!("{}.new", self.file.name);
        // Of a writer that was killed.
        match rustix::fs::unlinkat(&self.folder, &draft, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(errno) => return Err(errno.into()),
        }
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(0o644);
        let fd = rustix::fs::openat(&self.folder, &draft, flags, mode)?;
        rustix::fs::fchmod(&fd, mode)?;
        publish(&self.folder, &draft, File::from(fd), self.file.name, bytes)
    }
}

#[cfg(test)]
mod tests;
