//! The program under test, and the plugins that it is given.

use std::path::{Path, PathBuf};

/// What plans name; the rest is compiled by the tests that need it.
const PLUGINS: [&str; 4] = [
    "git-sync",
    "compose-restart",
    "http-healthcheck",
    "discord-notify",
];

pub fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_deployhost"))
}

/// The repository's top.
pub fn repository() -> PathBuf {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    top.canonicalize().unwrap()
}

/// Cargo's target folder.
pub fn target() -> &'static Path {
    binary().parent().and_then(Path::parent).unwrap()
}

/// Built before the tests, not by them: they test what people get.
pub fn plugins() -> PathBuf {
    let folder = target().join("plugins");
    for plugin in PLUGINS {
        let file = folder.join(plugin).with_extension("wasm");
        assert!(
            file.is_file(),
            "{} is missing: run `make build` first",
            file.display()
        );
    }
    folder
}
