//! Reads a small regular file whole, or not at all.
//!
//! Opened without blocking, looked at through what was opened, and read up to a bound: a pipe or a
//! device is refused unread, and a path that is swapped meanwhile changes nothing.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum BoundedFileError {
    #[error("it is a symbolic link")]
    Symlink,
    /// A folder, a pipe, a device.
    #[error("it is no file")]
    NotAFile,
    /// `most` in bytes.
    #[error("it is larger than {}", size(*.most))]
    TooLarge { most: usize },
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl BoundedFileError {
    /// Of what the system said; `Other` where it was not the system.
    pub fn kind(&self) -> io::ErrorKind {
        match self {
            Self::Io(error) => error.kind(),
            Self::Symlink | Self::NotAFile | Self::TooLarge { .. } => io::ErrorKind::Other,
        }
    }
}

impl From<BoundedFileError> for io::Error {
    fn from(error: BoundedFileError) -> Self {
        match error {
            BoundedFileError::Io(error) => error,
            error => Self::other(error),
        }
    }
}

fn size(bytes: usize) -> String {
    const MIB: usize = 1024 * 1024;
    if bytes >= MIB && bytes.is_multiple_of(MIB) {
        format!("{} MiB", bytes / MIB)
    } else {
        format!("{} KiB", bytes / 1024)
    }
}

/// A regular file, open and not read yet.
#[derive(Debug)]
pub struct BoundedFile {
    file: File,
    stat: Stat,
}

impl BoundedFile {
    /// Where the path leads, through symlinks too.
    pub fn open(path: &Path) -> Result<Self, BoundedFileError> {
        Self::open_with(CWD, path, OFlags::empty())
    }

    /// The file of that name in `folder`, where it is no symlink itself.
    pub fn open_in(folder: impl AsFd, path: &Path) -> Result<Self, BoundedFileError> {
        Self::open_with(folder, path, OFlags::NOFOLLOW)
    }

    fn open_with(folder: impl AsFd, path: &Path, follow: OFlags) -> Result<Self, BoundedFileError> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY | follow;
        let fd = match rustix::fs::openat(folder, path, flags, Mode::empty()) {
            Ok(fd) => fd,
            Err(Errno::LOOP) if !follow.is_empty() => return Err(BoundedFileError::Symlink),
            // A socket, or a device without a driver.
            Err(Errno::NXIO) => return Err(BoundedFileError::NotAFile),
            Err(errno) => return Err(BoundedFileError::Io(errno.into())),
        };
        let stat = rustix::fs::fstat(&fd).map_err(io::Error::from)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(BoundedFileError::NotAFile);
        }
        Ok(Self {
            file: File::from(fd),
            stat,
        })
    }

    pub fn stat(&self) -> &Stat {
        &self.stat
    }

    /// Its beginning: `most` bytes of it, or all.
    pub fn head(self, most: usize) -> Result<Vec<u8>, BoundedFileError> {
        let mut bytes = Vec::new();
        self.into_reader(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads its beginning: `most` bytes of it, or all.
    pub fn into_reader(self, most: usize) -> impl Read {
        self.file.take(most as u64)
    }

    /// All of it; an error where that is more than `most` bytes.
    pub fn read(self, most: usize) -> Result<Vec<u8>, BoundedFileError> {
        let bytes = self.head(most + 1)?;
        if bytes.len() > most {
            return Err(BoundedFileError::TooLarge { most });
        }
        Ok(bytes)
    }
}

/// All bytes of the file that the path leads to, at most `most`.
pub fn read(path: &Path, most: usize) -> Result<Vec<u8>, BoundedFileError> {
    BoundedFile::open(path)?.read(most)
}

#[cfg(test)]
mod tests;
