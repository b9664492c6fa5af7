//! The program and its plugins where every user can reach them, with every plugin compiled.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::case_folder::run;
use crate::support::{misbehaving_plugin, program};

/// The file of the plugin that misbehaves.
const MISBEHAVING: &str = "misbehaving.wasm";

pub struct Installation {
    folder: PathBuf,
    _removed_when_dropped: Option<TempDir>,
}

impl Installation {
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("dhr").tempdir().unwrap();
        let new = Self {
            folder: folder.path().to_owned(),
            _removed_when_dropped: Some(folder),
        };
        fs::set_permissions(&new.folder, Permissions::from_mode(0o755)).unwrap();
        for folder in ["bin", "plugins"] {
            fs::create_dir(new.folder.join(folder)).unwrap();
        }
        fs::copy(program::binary(), new.program()).unwrap();
        for plugin in fs::read_dir(program::plugins()).unwrap() {
            let plugin = plugin.unwrap();
            fs::copy(plugin.path(), new.plugins().join(plugin.file_name())).unwrap();
        }
        // Not among those that people get.
        let misbehaving = new.folder.join("misbehaving");
        fs::create_dir(&misbehaving).unwrap();
        fs::copy(misbehaving_plugin::file(), misbehaving.join(MISBEHAVING)).unwrap();
        let mut list = Command::new(new.program());
        list.args(["plugin", "list", "--plugin-path"])
            .arg(misbehaving);
        run(list.arg("--state").arg(new.folder.join("state")));
        new
    }

    /// One that another process made.
    pub fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            _removed_when_dropped: None,
        }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn program(&self) -> PathBuf {
        self.folder.join("bin/deployhost")
    }

    /// Where the program finds them by itself.
    fn plugins(&self) -> PathBuf {
        self.folder.join("plugins")
    }

    /// How the program calls that folder.
    pub fn seen_plugins(&self) -> String {
        self.folder.join("bin/../plugins").display().to_string()
    }

    /// Machine code as wasmtime writes it, which would be run unseen.
    pub fn precompiled(&self) -> Vec<u8> {
        let seal = 32;
        let mut files = fs::read_dir(self.compiled())
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let file = files.find(|it| it.extension().is_some_and(|it| it == "compiled"));
        fs::read(file.unwrap()).unwrap().split_off(seal)
    }

    /// The plugin that misbehaves.
    pub fn misbehaving(&self) -> Vec<u8> {
        fs::read(self.folder.join("misbehaving").join(MISBEHAVING)).unwrap()
    }

    pub fn compiled(&self) -> PathBuf {
        self.folder.join("state/compiled")
    }
}
