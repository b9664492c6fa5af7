//! The key of this installation: what digests of secrets are keyed with before anything keeps them.
//!
//! Owns the file `key` of the state folder. Whoever may read that folder may read the key; a digest
//! that is told elsewhere says nothing without it. Where the file is lost, digests of before match
//! nothing any more, which counts as changed.

use std::io;

use cap_std::fs::Dir;

use super::{StateError, StateFolder, durable_write};

const NAME: &str = "key";

/// 32 random bytes.
pub type InstallationKey = [u8; 32];

impl StateFolder {
    /// The key, made where there is none.
    pub fn installation_key(&self) -> Result<InstallationKey, StateError> {
        let path = self.path().join(NAME);
        read_or_make(self.dir()).map_err(|error| StateError::from_io(error, &path))
    }
}

fn read_or_make(dir: &Dir) -> io::Result<InstallationKey> {
    let found = dir.read(NAME);
    if let Ok(key) = found.as_deref().unwrap_or_default().try_into() {
        return Ok(key);
    }
    let mut key = InstallationKey::default();
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    match found {
        // Damaged.
        Ok(_) => durable_write(dir, NAME, &key)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => keep_first(dir, &key)?,
        Err(error) => return Err(error),
    }
    let key = dir.read(NAME)?;
    key.as_slice().try_into().map_err(io::Error::other)
}

/// Another process may be first: then its key stays.
fn keep_first(dir: &Dir, key: &InstallationKey) -> io::Result<()> {
    let draft = format!("{NAME}.{}", std::process::id());
    durable_write(dir, &draft, key)?;
    let linked = dir.hard_link(&draft, dir, NAME);
    dir.remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => dir.open(".")?.sync_all(),
    }
}
