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
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;
    use crate::adapter::state::StateLocation;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let place = StateLocation::choose(Some(&folder.path().join("state"))).unwrap();
        let store = Store::open(&StateFolder::open(&place).unwrap()).unwrap();
        (folder, store)
    }

    #[test]
    fn gives_back_what_was_kept() {
        let (_folder, store) = store();
        let digest = store.keep(b"abc").unwrap();
        // The known sha256 of "abc": other tools must agree.
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest.as_str(), known);
        assert_eq!(store.read(&digest).unwrap(), b"abc");
        let file = store.folder.path.join(format!("{known}.wasm"));
        assert_eq!(
            file.metadata().unwrap().permissions().mode() & 0o7777,
            0o600
        );
        let names = std::fs::read_dir(&store.folder.path).unwrap().count();
        assert_eq!(names, 1, "no draft is left");
    }

    #[test]
    fn a_damaged_file_is_told_and_mended() {
        let (_folder, store) = store();
        let digest = store.keep(b"bytes of a plugin").unwrap();
        let file = store.folder.path.join(format!("{digest}.wasm"));
        std::fs::write(&file, b"bytes of a plugim").unwrap();
        let problem = store.read(&digest).unwrap_err();
        assert!(matches!(problem, StoreError::Damaged { .. }), "{problem}");
        store.keep(b"bytes of a plugin").unwrap();
        assert_eq!(store.read(&digest).unwrap(), b"bytes of a plugin");
    }

    #[test]
    fn what_is_not_there_is_missing_and_a_symlink_is_not_followed() {
        let (folder, store) = store();
        let digest = Digest::of(b"elsewhere");
        let problem = store.read(&digest).unwrap_err();
        assert!(matches!(problem, StoreError::Missing { .. }), "{problem}");
        let elsewhere = folder.path().join("elsewhere");
        std::fs::write(&elsewhere, b"elsewhere").unwrap();
        symlink(&elsewhere, store.folder.path.join(format!("{digest}.wasm"))).unwrap();
        let problem = store.read(&digest).unwrap_err();
        assert!(matches!(problem, StoreError::Io { .. }), "{problem}");
        store.keep(b"elsewhere").unwrap();
        assert_eq!(std::fs::read(&elsewhere).unwrap(), b"elsewhere");
        assert_eq!(store.read(&digest).unwrap(), b"elsewhere");
    }

    #[test]
    fn sixteen_keep_one_plugin_at_once() {
        let (_folder, store) = store();
        let bytes: Vec<u8> = (0..400_000u32).flat_map(u32::to_le_bytes).collect();
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| store.keep(&bytes).unwrap());
            }
        });
        assert_eq!(store.read(&Digest::of(&bytes)).unwrap(), bytes);
    }

    #[test]
    fn a_digest_is_checked() {
        let good = "a".repeat(64);
        assert_eq!(good.parse::<Digest>().unwrap().to_string(), good);
        let long = "a".repeat(65);
        let upper = "A".repeat(64);
        let path = format!("../{}", "a".repeat(61));
        for text in ["", "abc", &long, &upper, &path] {
            assert_eq!(text.parse::<Digest>(), Err(DigestError), "{text}");
            let json = format!("\"{text}\"");
            assert!(serde_json::from_str::<Digest>(&json).is_err());
        }
    }
}
