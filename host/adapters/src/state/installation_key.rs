//! The key of this installation: what digests of secrets are keyed with before anything keeps them.
//!
//! Owns the file `key` of the state folder. Whoever may read that folder may read the key; a digest
//! that is told elsewhere says nothing without it. Where the file is lost, digests of before match
//! nothing any more, which counts as changed.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use cap_std::fs::Dir;

use super::durable_write;

const NAME: &str = "key";
const LENGTH: usize = 32;

/// Where the key is. It is read, and made where there is none, when it is first asked for: a command
/// that keeps no digest leaves no key.
#[derive(Debug)]
pub struct InstallationKey {
    folder: PathBuf,
}

impl InstallationKey {
    /// That of a state folder, which was checked.
    pub fn of(state_folder: &Path) -> Self {
        Self {
            folder: state_folder.to_owned(),
        }
    }

    /// Random bytes, the same for as long as the state folder lives.
    pub fn bytes(&self) -> io::Result<[u8; LENGTH]> {
        let dir = Dir::from_std_file(File::open(&self.folder)?);
        let found = dir.read(NAME);
        if let Ok(key) = found.as_deref().unwrap_or_default().try_into() {
            return Ok(key);
        }
        let mut key = [0; LENGTH];
        getrandom::fill(&mut key).map_err(io::Error::other)?;
        match found {
            // Damaged.
            Ok(_) => durable_write(&dir, NAME, &key)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => keep_first(&dir, &key)?,
            Err(error) => return Err(error),
        }
        let key = dir.read(NAME)?;
        key.as_slice().try_into().map_err(io::Error::other)
    }
}

/// Another process may be first: then its key stays.
fn keep_first(dir: &Dir, key: &[u8; LENGTH]) -> io::Result<()> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let draft = format!("{NAME}.{:016x}", u64::from_le_bytes(random));
    durable_write(dir, &draft, key)?;
    let linked = dir.hard_link(&draft, dir, NAME);
    dir.remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(rustix::fs::fsync(dir)?),
    }
}

#[cfg(test)]
mod tests;
