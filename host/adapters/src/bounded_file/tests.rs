#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::os::unix::fs::symlink;

use super::*;

#[test]
fn a_file_is_read_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, [7; 2048]).unwrap();
    assert_eq!(read(&path, 2048).unwrap(), [7; 2048]);
    let larger = read(&path, 2047).unwrap_err();
    assert_eq!(larger.to_string(), "it is larger than 1 KiB");
    let none = read(&folder.path().join("none"), 1).unwrap_err();
    assert_eq!(none.kind(), io::ErrorKind::NotFound);
}

#[test]
fn what_is_no_file_is_refused_unread() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket");
    let _listening = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for path in [folder.path(), Path::new("/dev/zero"), &socket] {
        let refused = read(path, 1).unwrap_err();
        assert!(
            matches!(refused, BoundedFileError::NotAFile),
            "{path:?}: {refused:?}"
        );
    }
}

#[test]
fn a_symlink_is_followed_where_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    fs::write(&file, "text").unwrap();
    symlink(&file, &link).unwrap();
    assert_eq!(read(&link, 10).unwrap(), b"text");
    let refused = BoundedFile::open_in(CWD, &link).unwrap_err();
    assert!(matches!(refused, BoundedFileError::Symlink), "{refused:?}");
}
