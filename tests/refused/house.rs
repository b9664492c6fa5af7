//! The program and its plugins where every user can reach them, with every plugin compiled.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::scene::run;
use crate::sandbox::bytes;
use crate::site::program;

pub struct House {
    folder: PathBuf,
    _taken_away: Option<TempDir>,
}

impl House {
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("dhr").tempdir().unwrap();
        let house = Self {
            folder: folder.path().to_owned(),
            _taken_away: Some(folder),
        };
        fs::set_permissions(&house.folder, Permissions::from_mode(0o755)).unwrap();
        for folder in ["bin", "plugins"] {
            fs::create_dir(house.folder.join(folder)).unwrap();
        }
        fs::copy(program::binary(), house.program()).unwrap();
        for plugin in fs::read_dir(program::plugins()).unwrap() {
            let plugin = plugin.unwrap();
            fs::copy(plugin.path(), house.plugins().join(plugin.file_name())).unwrap();
        }
        // Not among those that people get.
        let zoo = house.folder.join("zoo");
        fs::create_dir(&zoo).unwrap();
        fs::write(zoo.join("zoo.wasm"), bytes()).unwrap();
        let mut list = Command::new(house.program());
        list.args(["plugin", "list", "--plugin-path"]).arg(zoo);
        run(list.arg("--state").arg(house.folder.join("state")));
        house
    }

    /// One that another process made.
    pub fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            _taken_away: None,
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
    pub fn zoo(&self) -> Vec<u8> {
        fs::read(self.folder.join("zoo/zoo.wasm")).unwrap()
    }

    pub fn compiled(&self) -> PathBuf {
        self.folder.join("state/compiled")
    }
}
