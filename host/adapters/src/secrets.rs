//! Reads declared secrets: from this process's environment, a file, or a systemd credential.
//!
//! Blocks for one small read; a pipe or a device is refused unread.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::CWD;

use super::bounded_file::{BoundedFile, BoundedFileError};
use deployhost_policy::secret::{
    LONGEST, Secret, SecretError, SecretErrorKind, SecretKind, SecretSource,
};
use deployhost_runtime::capability::http::Origin;

/// Set by systemd for a unit that loads credentials.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// Reads secrets; `variable` looks one up in the environment.
pub struct Secrets<F> {
    variable: F,
}

impl<F: Fn(&str) -> Option<OsString>> Secrets<F> {
    /// `Secrets::new(|name| std::env::var_os(name))`, outside of tests.
    pub fn new(variable: F) -> Self {
        Self { variable }
    }

    /// The secret that the plan calls `name`.
    pub fn read(
        &self,
        name: &str,
        kind: SecretKind,
        origin: Origin,
        source: &SecretSource,
    ) -> Result<Secret, SecretError> {
        let value = self
            .value(source)
            .and_then(|bytes| String::from_utf8(bytes).map_err(|_| SecretErrorKind::NotText));
        value
            .map_err(|why| SecretError::new(name, why))
            .and_then(|value| Secret::new(name, kind, origin, &value))
            .map_err(|refusal| refusal.from(source))
    }

    fn value(&self, source: &SecretSource) -> Result<Vec<u8>, SecretErrorKind> {
        match source {
            SecretSource::Env(name) => (self.variable)(name)
                .map(OsString::into_encoded_bytes)
                .ok_or(SecretErrorKind::Missing),
            SecretSource::File(path) => read(path, 0o077),
            SecretSource::Credential(name) => {
                let plain = !name.is_empty() && name != "." && name != "..";
                if !plain || name.contains(['/', '\0']) {
                    return Err(SecretErrorKind::BadName);
                }
                let folder = (self.variable)(CREDENTIALS).ok_or(SecretErrorKind::NoCredentials)?;
                // Where systemd gives the unit's user access by an ACL, the group's bits are its mask.
                read(&PathBuf::from(folder).join(name), 0o007)
            }
        }
    }
}

/// A small regular file that has none of these mode bits.
fn read(path: &Path, others: u32) -> Result<Vec<u8>, SecretErrorKind> {
    let file = BoundedFile::open_in(CWD, path).map_err(refused)?;
    let mode = file.stat().st_mode & 0o7777;
    if mode & others != 0 {
        return Err(SecretErrorKind::Exposed(mode));
    }
    file.read(LONGEST).map_err(refused)
}

fn refused(error: BoundedFileError) -> SecretErrorKind {
    match error {
        BoundedFileError::Symlink | BoundedFileError::NotAFile => SecretErrorKind::NotAFile,
        BoundedFileError::TooLarge { .. } => SecretErrorKind::Long,
        BoundedFileError::Io(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => SecretErrorKind::Missing,
            kind => SecretErrorKind::Unreadable(kind),
        },
    }
}

#[cfg(test)]
mod tests;
