#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::os::unix::fs::{FileTypeExt, symlink};

use super::*;

fn deleted(path: &OsPath) -> bool {
    fs::symlink_metadata(path).is_ok_and(|it| it.file_type().is_char_device())
}

#[test]
fn a_deletion_follows_no_symlink_and_hides_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let (layer, outside) = (folder.path().join("layer"), folder.path().join("outside"));
    fs::create_dir(&layer).unwrap();
    fs::create_dir(&outside).unwrap();
    symlink(&outside, layer.join("link")).unwrap();
    fs::write(layer.join("file"), "new").unwrap();
    for path in ["link/x", "file/x", "file", "a/b/c", "a/d"] {
        delete(&layer, OsPath::new(path)).unwrap();
    }
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    assert_eq!(fs::read_to_string(layer.join("file")).unwrap(), "new");
    assert!(deleted(&layer.join("a/b/c")) && deleted(&layer.join("a/d")));
    assert!(delete(&layer, OsPath::new("../x")).is_err());
    assert!(!folder.path().join("x").exists());
}
