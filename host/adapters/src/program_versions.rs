//! Which version a program on this machine is, remembered between runs: asking costs a process.
//!
//! Owns a small file in the state folder. What is lost or cannot be written is asked again.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::bounded_file;
use super::file_stamp::FileStamp;

/// Largest file that is read, in bytes, and most programs in it.
const LARGEST: usize = 64 * 1024;
const MOST: usize = 32;
/// How a program begins that is no script. What a script starts may be another version by tomorrow.
const ELF: [u8; 4] = *b"\x7fELF";

#[derive(Debug)]
pub struct ProgramVersions {
    file: PathBuf,
}

#[derive(Debug, Serialize, Deserialize)]
struct KnownVersion {
    stamp: FileStamp,
    version: String,
}

impl ProgramVersions {
    /// `state`: the host's own folder; nothing is remembered before it is there.
    pub fn of(state: &Path) -> Self {
        Self {
            file: state.join("programs.json"),
        }
    }

    /// What this very file said the last time that it was asked.
    pub fn known(&self, program: &Path) -> Option<String> {
        let known = self.read().remove(program)?;
        (FileStamp::of(program) == Some(known.stamp)).then_some(known.version)
    }

    pub fn remember(&self, program: &Path, version: &str) {
        let Some(stamp) = FileStamp::of(program).filter(|_| is_binary(program)) else {
            return;
        };
        let mut all = self.read();
        if all.len() >= MOST {
            all.clear();
        }
        let version = version.to_owned();
        all.insert(program.to_owned(), KnownVersion { stamp, version });
        if let Err(error) = self.write(&all) {
            tracing::debug!(%error, "versions of programs are not remembered");
        }
    }

    fn read(&self) -> BTreeMap<PathBuf, KnownVersion> {
        let bytes = bounded_file::read(&self.file, LARGEST).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    fn write(&self, all: &BTreeMap<PathBuf, KnownVersion>) -> std::io::Result<()> {
        let folder = self.file.parent().unwrap_or(Path::new("/"));
        let draft = tempfile::NamedTempFile::new_in(folder)?;
        fs::write(draft.path(), serde_json::to_vec(all)?)?;
        draft.persist(&self.file)?;
        Ok(())
    }
}

fn is_binary(program: &Path) -> bool {
    let mut first = [0; ELF.len()];
    let read = File::open(program).and_then(|mut file| file.read_exact(&mut first));
    read.is_ok() && first == ELF
}

#[cfg(test)]
mod tests;
