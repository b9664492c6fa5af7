//! A folder as it is, to be compared with what it is later.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Of each entry: mode, owner, time of its last change, and what it holds.
#[derive(Debug, PartialEq)]
pub struct Snapshot(BTreeMap<PathBuf, (u32, u32, i64, i64, Vec<u8>)>);

impl Snapshot {
    pub fn of(folder: &Path) -> Self {
        let mut entries = BTreeMap::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                let meta = path.symlink_metadata().unwrap();
                let content = match meta.is_file() {
                    true => std::fs::read(&path).unwrap(),
                    false => Vec::new(),
                };
                if meta.is_dir() {
                    folders.push(path.clone());
                }
                let entry = (
                    meta.mode(),
                    meta.uid(),
                    meta.ctime(),
                    meta.ctime_nsec(),
                    content,
                );
                entries.insert(path, entry);
            }
        }
        Self(entries)
    }

    /// What differs from an earlier one.
    pub fn since(&self, earlier: &Self) -> Vec<PathBuf> {
        let all: BTreeSet<_> = self.0.keys().chain(earlier.0.keys()).collect();
        let differs = |path: &&PathBuf| self.0.get(*path) != earlier.0.get(*path);
        all.into_iter().filter(differs).cloned().collect()
    }
}
