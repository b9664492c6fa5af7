//! The file `plugins.toml` beside a plan: read whole, and replaced whole.
//!
//! Owns the file, not what is in it. It lies in a folder that others may write to and that is not
//! ours: nothing in it is followed, nothing that is no file is opened for long.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use rustix::fs::{AtFlags, CWD, FileType, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

/// Largest file that is read, in bytes.
const LARGEST: u64 = 1024 * 1024;
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
    pub fn read(&self) -> io::Result<Option<Vec<u8>>> {
        let flags =
            OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let fd = match rustix::fs::openat(CWD, self.path(), flags, Mode::empty()) {
            Ok(fd) => fd,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP) => return Err(io::Error::other("it is a symbolic link")),
            Err(errno) => return Err(errno.into()),
        };
        let stat = rustix::fs::fstat(&fd)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(io::Error::other("it is no file"));
        }
        let mut bytes = Vec::new();
        File::from(fd).take(LARGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LARGEST {
            return Err(io::Error::other("it is larger than 1 MiB"));
        }
        Ok(Some(bytes))
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
        let written = rustix::fs::fchmod(&fd, mode)
            .map_err(io::Error::from)
            .and_then(|()| {
                let mut file = File::from(fd);
                file.write_all(bytes)?;
                file.sync_all()?;
                Ok(rustix::fs::renameat(
                    &self.folder,
                    &draft,
                    &self.folder,
                    self.file.name,
                )?)
            });
        if written.is_err() {
            // On a full disk it is better gone.
            let _left = rustix::fs::unlinkat(&self.folder, &draft, AtFlags::empty());
        }
        written?;
        Ok(rustix::fs::fsync(&self.folder)?)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn file(folder: &Path) -> PinFile {
        PinFile::new(folder, "plugins.toml")
    }

    #[test]
    fn what_is_written_is_read_by_everyone_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(folder.path());
        assert_eq!(file.read().unwrap(), None);
        // What a killed writer left, and what somebody put there to be written through.
        let elsewhere = folder.path().join("elsewhere");
        std::fs::write(&elsewhere, "precious").unwrap();
        symlink(&elsewhere, folder.path().join("plugins.toml.new")).unwrap();
        for bytes in [&b"one"[..], b"", b"three"] {
            file.change().unwrap().write(bytes).unwrap();
            assert_eq!(file.read().unwrap().unwrap(), bytes);
        }
        let mode = file.path().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o644);
        assert_eq!(std::fs::read(&elsewhere).unwrap(), b"precious");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_is_no_file_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(folder.path());
        let said = || file.read().unwrap_err().to_string();
        std::fs::create_dir(file.path()).unwrap();
        assert_eq!(said(), "it is no file");
        std::fs::remove_dir(file.path()).unwrap();
        symlink("/dev/zero", file.path()).unwrap();
        assert_eq!(said(), "it is a symbolic link");
        std::fs::remove_file(file.path()).unwrap();
        let fifo = FileType::Fifo;
        rustix::fs::mknodat(CWD, file.path(), fifo, Mode::RUSR, 0).unwrap();
        assert_eq!(said(), "it is no file");
        std::fs::remove_file(file.path()).unwrap();
        std::fs::write(file.path(), vec![b'#'; LARGEST as usize + 1]).unwrap();
        assert_eq!(said(), "it is larger than 1 MiB");
    }

    #[test]
    fn writers_come_one_after_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(folder.path());
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let changing = file.change().unwrap();
                    let mut bytes = file.read().unwrap().unwrap_or_default();
                    bytes.push(b'x');
                    changing.write(&bytes).unwrap();
                });
            }
        });
        assert_eq!(file.read().unwrap().unwrap(), b"xxxxxxxx");
    }
}
