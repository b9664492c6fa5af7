//! Folders of TOML files, each of which is one row or one stack.

use serde::de::DeserializeOwned;

use crate::support::program::repository;

/// Each file's name without its ending and what it holds, in the order of their names.
pub fn read_all<T: DeserializeOwned>(folder: &str) -> Vec<(String, T)> {
    let folder = repository().join("tests/compose_matrix").join(folder);
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |file: &std::path::PathBuf| {
        let text = std::fs::read_to_string(file).unwrap();
        let read = toml::from_str(&text).unwrap_or_else(|why| panic!("{file:?}: {why}"));
        (
            file.file_stem().unwrap().to_string_lossy().into_owned(),
            read,
        )
    };
    files.iter().map(read).collect()
}
