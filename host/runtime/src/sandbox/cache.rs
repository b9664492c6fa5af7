//! Compiled plugins, kept between runs and authenticated before they are loaded.
//!
//! Compiled bytes become machine code, and a damaged file can crash the process or worse, so each
//! file carries a keyed hash over its name and content, and exactly the bytes that were checked are
//! loaded. Whatever is wrong with a file, the plugin is compiled again: the cache can cost time,
//! never a deployment. Owns the folder's files; not the folder.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use wasmtime::Engine;
use wasmtime::component::Component;

const KEY: usize = 32;
const TAG: usize = 32;

/// A folder of compiled plugins and the key that authenticates them.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
    key: [u8; KEY],
}

impl Cache {
    /// Opens the cache, making its key where there is none. `None`: this folder cannot hold a
    /// cache, and every plugin is compiled anew.
    pub fn open(folder: &Path) -> Option<Self> {
        let path = folder.join("key");
        let key = match fs::read(&path) {
            Ok(bytes) if bytes.len() == KEY => bytes,
            found => {
                let mut key = [0; KEY];
                getrandom::fill(&mut key).ok()?;
                match found {
                    // Damaged: what it authenticated is compiled again.
                    Ok(_) => replace(&path, &key).ok()?,
                    Err(_) => keep_first(&path, &key).ok()?,
                }
                // Another process may have been first: its key is the one on disk.
                fs::read(&path).ok()?
            }
        };
        let key = key.try_into().ok()?;
        Some(Self {
            folder: folder.to_owned(),
            key,
        })
    }

    /// The compiled form of these plugin bytes, from the cache or from the compiler.
    pub(super) fn component(
        &self,
        engine: &Engine,
        wasm: &[u8],
        digest: &str,
    ) -> wasmtime::Result<Component> {
        let name = name(engine, digest);
        if let Some(component) = self.load(engine, &name) {
            return Ok(component);
        }
        let component = Component::new(engine, wasm)?;
        if let Ok(compiled) = component.serialize() {
            let mut bytes = self.tag(&name, &compiled).to_vec();
            bytes.extend_from_slice(&compiled);
            // Not being able to keep it costs the next run 200 ms, nothing else.
            if let Err(error) = replace(&self.folder.join(&name), &bytes) {
                tracing::debug!(%error, name, "compiled plugin not kept");
            }
        }
        Ok(component)
    }

    fn load(&self, engine: &Engine, name: &str) -> Option<Component> {
        let bytes = fs::read(self.folder.join(name)).ok()?;
        let (tag, compiled) = bytes.split_at_checked(TAG)?;
        // `blake3::Hash` compares in constant time.
        let tag = blake3::Hash::from_bytes(tag.try_into().ok()?);
        if self.hash(name, compiled) != tag {
            tracing::warn!(name, "compiled plugin is damaged: compiling again");
            return None;
        }
        deserialize(engine, compiled)
    }

    fn hash(&self, name: &str, compiled: &[u8]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(name.as_bytes());
        hasher.update(&[0]);
        hasher.update(compiled);
        hasher.finalize()
    }

    fn tag(&self, name: &str, compiled: &[u8]) -> [u8; TAG] {
        *self.hash(name, compiled).as_bytes()
    }
}

/// The one `unsafe` of this crate.
#[expect(
    unsafe_code,
    reason = "loading compiled code cannot be checked by the compiler"
)]
fn deserialize(engine: &Engine, compiled: &[u8]) -> Option<Component> {
    // SAFETY: these very bytes carry our key's hash, so they are what `Component::serialize` gave
    // us; that they fit this engine is checked by wasmtime and by the file's name.
    unsafe { Component::deserialize(engine, compiled) }.ok()
}

/// Plugin and compiler in one file name: another wasmtime or another setting is another file.
fn name(engine: &Engine, digest: &str) -> String {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{digest}-{:016x}.compiled", hasher.finish())
}

/// Writes aside, then renames: a reader sees the old file or the whole new one.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    aside(path, bytes, |aside| fs::rename(aside, path))
}

/// The same, but where there is a file already it stays.
fn keep_first(path: &Path, bytes: &[u8]) -> io::Result<()> {
    aside(path, bytes, |aside| match fs::hard_link(aside, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    })
}

/// A file under a name that nobody else has, until `then` has done what it is for.
fn aside(path: &Path, bytes: &[u8], then: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    let unique = getrandom::u64().map_err(io::Error::other)?;
    let aside = path.with_extension(format!("{unique:016x}.new"));
    let written = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&aside)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_data()
        })
        .and_then(|()| then(&aside));
    // Gone already where it was renamed.
    let _gone = fs::remove_file(&aside);
    written
}

#[cfg(test)]
mod tests;
