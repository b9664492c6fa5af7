#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;
use crate::state::StateLocation;

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let place = StateLocation::choose(Some(&folder.path().join("state"))).unwrap();
    let store = Store::open(&StateFolder::open(&place).unwrap()).unwrap();
    (folder, store)
}

#[test]
fn gives_back_what_was_kept() {
    let (_folder, store) = store();
    let digest = store.keep(b"abc").unwrap();
    // The known sha256 of "abc": other tools must agree.
    let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(digest.as_str(), known);
    assert_eq!(store.read(&digest).unwrap(), b"abc");
    let file = store.folder.path.join(format!("{known}.wasm"));
    assert_eq!(
        file.metadata().unwrap().permissions().mode() & 0o7777,
        0o600
    );
    let names = std::fs::read_dir(&store.folder.path).unwrap().count();
    assert_eq!(names, 1, "no draft is left");
}

#[test]
fn a_damaged_file_is_told_and_mended() {
    let (_folder, store) = store();
    let digest = store.keep(b"bytes of a plugin").unwrap();
    let file = store.folder.path.join(format!("{digest}.wasm"));
    std::fs::write(&file, b"bytes of a plugim").unwrap();
    let problem = store.read(&digest).unwrap_err();
    assert!(matches!(problem, StoreError::Damaged { .. }), "{problem}");
    store.keep(b"bytes of a plugin").unwrap();
    assert_eq!(store.read(&digest).unwrap(), b"bytes of a plugin");
}

#[test]
fn what_is_not_there_is_missing_and_a_symlink_is_not_followed() {
    let (folder, store) = store();
    let digest = Digest::of(b"elsewhere");
    let problem = store.read(&digest).unwrap_err();
    assert!(matches!(problem, StoreError::Missing { .. }), "{problem}");
    let elsewhere = folder.path().join("elsewhere");
    std::fs::write(&elsewhere, b"elsewhere").unwrap();
    symlink(&elsewhere, store.folder.path.join(format!("{digest}.wasm"))).unwrap();
    let problem = store.read(&digest).unwrap_err();
    assert!(matches!(problem, StoreError::Io { .. }), "{problem}");
    store.keep(b"elsewhere").unwrap();
    assert_eq!(std::fs::read(&elsewhere).unwrap(), b"elsewhere");
    assert_eq!(store.read(&digest).unwrap(), b"elsewhere");
}

#[test]
fn sixteen_keep_one_plugin_at_once() {
    let (_folder, store) = store();
    let bytes: Vec<u8> = (0..400_000u32).flat_map(u32::to_le_bytes).collect();
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| store.keep(&bytes).unwrap());
        }
    });
    assert_eq!(store.read(&Digest::of(&bytes)).unwrap(), bytes);
}

#[test]
fn a_digest_is_checked() {
    let good = "a".repeat(64);
    assert_eq!(good.parse::<Digest>().unwrap().to_string(), good);
    let long = "a".repeat(65);
    let upper = "A".repeat(64);
    let path = format!("../{}", "a".repeat(61));
    for text in ["", "abc", &long, &upper, &path] {
        assert_eq!(text.parse::<Digest>(), Err(DigestError), "{text}");
        let json = format!("\"{text}\"");
        assert!(serde_json::from_str::<Digest>(&json).is_err());
    }
}
