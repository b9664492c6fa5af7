//! The bytes of plugins, by digest: what a kept release needs to run again.
//!
//! Owns `plugins/` of the state folder. Does not decide which digest a plan may use, nor which are
//! still needed.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::str::FromStr;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::state::{StateError, StateFolder, Subfolder, durable_write};

/// Largest plugin kept or read back, in bytes. A Python plugin has 18 MB.
pub const LARGEST: usize = 64 * 1024 * 1024;

/// The sha256 of a plugin's bytes: 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

impl Digest {
    pub fn of(bytes: &[u8]) -> Self {
        use fmt::Write;
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(bytes) {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        Self(hex)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Text that is no digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestError;

impl fmt::Display for DigestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a sha256: 64 lower-case hexadecimal digits are expected")
    }
}

impl std::error::Error for DigestError {}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let hex = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 64 && text.bytes().all(hex) {
            Ok(Self(text.to_owned()))
        } else {
            Err(DigestError)
        }
    }
}

impl TryFrom<String> for Digest {
    type Error = DigestError;

    fn try_from(text: String) -> Result<Self, DigestError> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Kept bytes that cannot be kept or given back.
#[derive(Debug)]
pub enum StoreError {
    Missing {
        digest: Digest,
        path: PathBuf,
    },
    /// The file holds other bytes than its name says.
    Damaged {
        digest: Digest,
        path: PathBuf,
    },
    /// `size` in bytes.
    TooLarge {
        size: u64,
    },
    Io {
        path: PathBuf,
        source: io::Error,
    },
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { digest, path } => write!(
                f,
                "the plugin {digest} was not kept — {} — run the plan with the plugin's file at hand",
                path.display()
            ),
            Self::Damaged { digest, path } => write!(
                f,
                "the kept plugin {digest} is damaged — {} — run the plan with the plugin's file at hand, which keeps it anew",
                path.display()
            ),
            Self::TooLarge { size } => write!(
                f,
                "a plugin of {} MiB is too large — at most {} MiB — build it smaller",
                size.div_ceil(1024 * 1024),
                LARGEST / (1024 * 1024)
            ),
            Self::Io { path, source } => write!(
                f,
                "a plugin's bytes cannot be kept or read: {source} — {} — see to the state folder",
                path.display()
            ),
        }
    }
}

impl std::error::Error for StoreError {}

/// The kept plugins of one state folder.
#[derive(Debug)]
pub struct Store {
    folder: Subfolder,
}

impl Store {
    pub fn open(state: &StateFolder) -> Result<Self, StateError> {
        let folder = state.plugins()?;
        Ok(Self { folder })
    }

    /// Keeps the bytes; durable when it returns. Keeping again costs a read, and mends a damaged
    /// file.
    pub fn keep(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        if bytes.len() > LARGEST {
            return Err(StoreError::TooLarge {
                size: bytes.len() as u64,
            });
        }
        let digest = Digest::of(bytes);
        if self.read(&digest).is_err() {
            let name = Self::name(&digest);
            durable_write(&self.folder.dir, &name, bytes)
                .map_err(|source| self.io(&digest, source))?;
        }
        Ok(digest)
    }

    /// The bytes, checked against their digest.
    pub fn read(&self, digest: &Digest) -> Result<Vec<u8>, StoreError> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let name = Self::name(digest);
        let path = self.folder.path.join(&name);
        let fd = match rustix::fs::openat(&self.folder.dir, &name, flags, Mode::empty()) {
            Ok(fd) => fd,
            Err(Errno::NOENT) => {
                let digest = digest.clone();
                return Err(StoreError::Missing { digest, path });
            }
            Err(errno) => return Err(self.io(digest, errno.into())),
        };
        let mut bytes = Vec::new();
        File::from(fd)
            .take(LARGEST as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|source| self.io(digest, source))?;
        if Digest::of(&bytes) != *digest {
            let digest = digest.clone();
            return Err(StoreError::Damaged { digest, path });
        }
        Ok(bytes)
    }

    fn name(digest: &Digest) -> String {
        format!("{digest}.wasm")
    }

    fn io(&self, digest: &Digest, source: io::Error) -> StoreError {
        StoreError::Io {
            path: self.folder.path.join(Self::name(digest)),
            source,
        }
    }
}

#[cfg(test)]
mod tests;
