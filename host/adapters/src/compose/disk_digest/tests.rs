#![allow(clippy::unwrap_used)]

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use super::*;

fn digest(folder: &Path, skipped: &[PathBuf]) -> Option<String> {
    of(&[folder.to_owned()], skipped)
}

#[test]
fn a_change_shows_whatever_its_time_of_modification_says() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("inner/file");
    fs::create_dir(folder.path().join("inner")).unwrap();
    fs::write(&file, "one").unwrap();
    let written = fs::metadata(&file).unwrap().modified().unwrap();
    let before = digest(folder.path(), &[]);
    assert_eq!(digest(folder.path(), &[]), before);
    // The system's clock for files has a coarse tick.
    sleep(Duration::from_millis(20));

    fs::write(&file, "two").unwrap();
    File::options()
        .write(true)
        .open(&file)
        .unwrap()
        .set_modified(written)
        .unwrap();
    let after = digest(folder.path(), &[]);
    assert_ne!(after, before);

    let other = folder.path().join("other");
    fs::write(&other, "one").unwrap();
    assert_ne!(digest(folder.path(), &[]), after);
    assert_eq!(digest(folder.path(), std::slice::from_ref(&other)), after);
    fs::remove_file(&other).unwrap();
    assert_eq!(digest(folder.path(), &[]), after);
}

#[test]
fn a_link_is_not_followed_and_what_is_too_large_or_gone_has_no_digest() {
    let folder = tempfile::tempdir().unwrap();
    symlink("/", folder.path().join("all")).unwrap();
    assert!(digest(folder.path(), &[]).is_some());
    let large = File::create(folder.path().join("large")).unwrap();
    large.set_len(LARGEST).unwrap();
    assert_eq!(digest(folder.path(), &[]), None);
    let gone = digest(&folder.path().join("gone"), &[]);
    assert_eq!(gone, of(&[], &[]));
}
