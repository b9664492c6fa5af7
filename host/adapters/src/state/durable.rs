//! Files that are whole or not there at all, whenever the power fails.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;

use cap_std::fs::Dir;
use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use super::FILE;

/// Publishes `bytes` as the file `name` of `dir`, mode 0600, replacing what was there: written
/// beside it, made durable, renamed, and the rename made durable. After an error the old file, or
/// the new one, is there whole. A failed flush is reported, never tried again: the kernel may have
/// dropped the very bytes.
///
/// `name` is one path component.
pub fn durable_write(dir: &Dir, name: &str, bytes: &[u8]) -> io::Result<()> {
    if name.is_empty() || name.contains('/') || name == "." || name == ".." {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    let draft = format!("{name}.new");
    let file = sole_draft(dir, &draft)?;
    publish(dir, &draft, file, name, bytes)
}

/// Publishes `bytes` as the file `name` of `dir` through its open `draft` in the same folder, which
/// nobody else writes meanwhile.
pub fn publish(
    dir: impl AsFd,
    draft: &str,
    mut file: File,
    name: &str,
    bytes: &[u8],
) -> io::Result<()> {
    let written = file
        .set_len(0)
        .and_then(|()| file.write_all(bytes))
        .and_then(|()| file.sync_all())
        .and_then(|()| Ok(rustix::fs::renameat(&dir, draft, &dir, name)?));
    if let Err(error) = written {
        // A leftover would be in the way next time; on a full disk it is better gone now.
        let _ = rustix::fs::unlinkat(&dir, draft, AtFlags::empty());
        return Err(error);
    }
    Ok(rustix::fs::fsync(dir)?)
}

/// The draft, locked: two writers of one name come one after the other, and what a killed one
/// left is used again instead of piling up.
fn sole_draft(dir: &Dir, draft: &str) -> io::Result<File> {
    let flags =
        OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    loop {
        let fd = rustix::fs::openat(dir, draft, flags, FILE)?;
        rustix::fs::flock(&fd, FlockOperation::LockExclusive)?;
        // While we waited, the other writer may have renamed it into place.
        if same_file(dir, draft, &fd)? {
            rustix::fs::fchmod(&fd, Mode::from_raw_mode(FILE.as_raw_mode()))?;
            return Ok(File::from(fd));
        }
    }
}

/// Is `name` of `dir` still the file that is open?
fn same_file(dir: impl AsFd, name: &str, file: impl AsFd) -> io::Result<bool> {
    let open = rustix::fs::fstat(file)?;
    match rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(there) => Ok((there.st_dev, there.st_ino) == (open.st_dev, open.st_ino)),
        Err(Errno::NOENT) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
}
