//! Where plugin files lie: folders that are searched by name, the first one first.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::bounded_file::{BoundedFile, BoundedFileError};

/// Reads no more of a file than this, plus one byte that shows that it is larger.
const MOST: usize = 32 * 1024 * 1024;

/// Folders of plugins.
#[derive(Debug, Clone)]
pub struct PluginPath {
    folders: Vec<PathBuf>,
}

impl PluginPath {
    pub fn new(folders: Vec<PathBuf>) -> Self {
        Self { folders }
    }

    /// The file of a plugin that is named.
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        let mut plugins = self.plugins().into_iter();
        plugins.find(|(own, _)| own == name).map(|(_, path)| path)
    }

    /// Every plugin by name; of two with one name the first is meant. A folder that cannot be read
    /// holds none.
    pub fn plugins(&self) -> Vec<(String, PathBuf)> {
        let mut plugins: Vec<(String, PathBuf)> = Vec::new();
        for folder in &self.folders {
            let Ok(entries) = fs::read_dir(folder) else {
                continue;
            };
            let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
            paths.sort();
            for path in paths {
                let wasm = path
                    .extension()
                    .is_some_and(|extension| extension == "wasm");
                let stem = path
                    .file_stem()
                    .and_then(|stem| stem.to_str())
                    .map(str::to_owned);
                if let (true, Some(name)) = (wasm, stem)
                    && !plugins.iter().any(|(own, _)| *own == name)
                {
                    plugins.push((name, path));
                }
            }
        }
        plugins
    }
}

/// A plugin's bytes, read once: what is hashed is what is compiled. A pipe or a device is refused
/// unread.
pub fn read(path: &Path) -> Result<Vec<u8>, PluginFileError> {
    BoundedFile::open(path)
        .and_then(|file| file.head(MOST + 1))
        .map_err(|error| match error {
            BoundedFileError::Io(error) => PluginFileError::Io(error),
            _ => PluginFileError::NotAFile,
        })
}

/// A plugin's file that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PluginFileError {
    #[error("not a regular file")]
    NotAFile,
    #[error(transparent)]
    Io(#[from] io::Error),
}
