//! The bytes of the plugin in `tests/misbehaving_plugin`, which misbehaves in every way that the sandbox must hold.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use super::program::{binary, repository, target};

/// The component as `plugin build` makes it: built once, in cargo's target folder.
pub fn file() -> PathBuf {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    FILE.get_or_init(build).clone()
}

fn build() -> PathBuf {
    let out = target().join("misbehaving-plugin");
    let built = Command::new(binary())
        .args(["plugin", "build", "tests/misbehaving_plugin", "--out"])
        .arg(&out)
        .current_dir(repository())
        .env("CARGO_TARGET_DIR", target())
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "plugin build: {err}");
    out.join("misbehaving-plugin.wasm")
}

/// Has it describe itself in another manner, such as `loops`; `honest` is its own.
pub fn set_manner(mut wasm: Vec<u8>, manner: &str) -> Vec<u8> {
    let honest = b" describes: honest   ";
    let places: Vec<usize> = wasm
        .windows(honest.len())
        .enumerate()
        .filter(|(_, window)| window == honest)
        .map(|(at, _)| at)
        .collect();
    assert_eq!(places.len(), 1, "where the manner is written");
    let at = places[0] + honest.len() - 9;
    wasm[at..at + 9].copy_from_slice(format!("{manner:9}").as_bytes());
    wasm
}
