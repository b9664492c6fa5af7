//! The bytes of plugins, by digest: what a kept release needs to run again.
//!
//! Owns `plugins/` of the state folder. Does not decide which digest a plan may use, nor which are
//! still needed.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::bounded_file::{BoundedFile, BoundedFileError};
use super::state::{StateError, StateFolder, Subfolder, durable_write};
use deployhost_policy::{Diagnostic, Location};

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
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a sha256: 64 lower-case hexadecimal digits are expected")]
pub struct DigestError;

impl From<DigestError> for Diagnostic {
    fn from(error: DigestError) -> Self {
        Self::new("store.digest", error.to_string())
    }
}

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
#[derive(Debug, thiserror::Error)]
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

impl StoreError {
    /// What people read.
    pub fn diagnostic(&self) -> Diagnostic {
        const MIB: u64 = 1024 * 1024;
        let at = |code: &'static str, message: String, path: &Path| {
            Diagnostic::new(code, message)
                .at(path)
                .parameter("path", path.display().to_string())
        };
        match self {
            Self::Missing { digest, path } => {
                let message = format!("the plugin {digest} was not kept");
                at("store.plugin-missing", message, path)
                    .help("run the plan with the plugin's file at hand")
                    .parameter("digest", digest.as_str())
            }
            Self::Damaged { digest, path } => {
                let message = format!("the kept plugin {digest} is damaged");
                at("store.plugin-damaged", message, path)
                    .help("run the plan with the plugin's file at hand, which keeps it anew")
                    .parameter("digest", digest.as_str())
            }
            Self::TooLarge { size } => {
                let message = format!("a plugin of {} MiB is too large", size.div_ceil(MIB));
                Diagnostic::new("store.plugin-too-large", message)
                    .at(Location::named(format!(
                        "at most {} MiB",
                        LARGEST as u64 / MIB
                    )))
                    .help("build it smaller")
                    .parameter("size", size.to_string())
                    .parameter("most", LARGEST.to_string())
            }
            Self::Io { path, source } => {
                let message = format!("a plugin's bytes cannot be kept or read: {source}");
                at("store.unusable", message, path).help("see to the state folder")
            }
        }
    }
}

deployhost_policy::print_as_diagnostic!(StoreError);

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
        let name = Self::name(digest);
        let path = self.folder.path.join(&name);
        let read = BoundedFile::open_in(&self.folder.dir, Path::new(&name))
            .and_then(|file| file.read(LARGEST));
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(BoundedFileError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
                let digest = digest.clone();
                return Err(StoreError::Missing { digest, path });
            }
            Err(BoundedFileError::TooLarge { .. }) => {
                let digest = digest.clone();
                return Err(StoreError::Damaged { digest, path });
            }
            Err(error) => return Err(self.io(digest, error.into())),
        };
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
