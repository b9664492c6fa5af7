//! The program and its plugins where every user can reach them, with every plugin compiled.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::scene::run;
use crate::site::program;

pub struct House(TempDir);

impl House {
    pub fn new() -> Self {
        let house = Self(tempfile::Builder::new().prefix("dhr").tempdir().unwrap());
        fs::set_permissions(house.0.path(), Permissions::from_mode(0o755)).unwrap();
        for folder in ["bin", "plugins"] {
            fs::create_dir(house.0.path().join(folder)).unwrap();
        }
        fs::copy(program::binary(), house.program()).unwrap();
        for plugin in fs::read_dir(program::plugins()).unwrap() {
            let plugin = plugin.unwrap();
            fs::copy(plugin.path(), house.plugins().join(plugin.file_name())).unwrap();
        }
        let mut list = Command::new(house.program());
        list.args(["plugin", "list", "--state"]);
        run(list.arg(house.0.path().join("state")));
        house
    }

    pub fn program(&self) -> PathBuf {
        self.0.path().join("bin/deployhost")
    }

    /// Where the program finds them by itself.
    fn plugins(&self) -> PathBuf {
        self.0.path().join("plugins")
    }

    /// How the program calls that folder.
    pub fn seen_plugins(&self) -> String {
        self.0.path().join("bin/../plugins").display().to_string()
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

    pub fn compiled(&self) -> PathBuf {
        self.0.path().join("state/compiled")
    }
}
