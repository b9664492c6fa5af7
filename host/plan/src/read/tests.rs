#![allow(clippy::unwrap_used)]

use super::*;
use crate::hang_guard::ends;

#[test]
fn what_is_no_file_is_refused_without_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    for (path, message) in [
        (pipe.as_path(), "this is a pipe, not a file"),
        (folder.path(), "this is a folder, not a file"),
        (Path::new("/dev/zero"), "this is a device, not a file"),
        (&folder.path().join("none.toml"), "there is no such file"),
    ] {
        // Whoever waited for the pipe's writer, or read all of the device, would never end.
        let path = path.to_owned();
        assert_eq!(ends(move || read(&path)).unwrap_err().message, message);
    }
}

#[test]
fn a_mebibyte_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.toml");
    let most = usize::try_from(LARGEST).unwrap();
    std::fs::write(&file, vec![b'#'; most]).unwrap();
    assert!(read(&file).is_ok());
    std::fs::write(&file, vec![b'#'; most + 1]).unwrap();
    let diagnostic = read(&file).unwrap_err();
    assert_eq!(diagnostic.message, "the plan is larger than 1 MiB");
}

#[test]
fn the_real_file_counts_and_who_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    let file = folder.join("real.toml");
    std::fs::write(&file, "").unwrap();
    std::os::unix::fs::symlink(&file, folder.join("link.toml")).unwrap();
    for (mode, open) in [(0o600, false), (0o640, true), (0o604, true)] {
        std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        let document = read(&folder.join("link.toml")).unwrap();
        assert_eq!(document.file, file);
        assert_eq!(document.open_to_others, open, "{mode:o}");
    }
}

#[test]
fn encodings() {
    let said =
        |bytes: &[u8]| decode("p", bytes.to_vec()).map_or_else(|p| p.to_string(), |_| "".into());
    assert_eq!(said(b"\xef\xbb\xbfversion = 1"), "");
    assert_eq!(decode("p", b"\xef\xbb\xbfv".to_vec()).unwrap().text(), "v");
    assert!(said(b"\xff\xfev\0").contains("UTF-16"));
    assert!(said(b"v\0e\0").contains("UTF-16"));
    assert!(said(b"\0v\0e").contains("UTF-16"));
    assert!(said(b"name = \"\xe9\"").contains("byte offset 8"));
    assert!(said(b"ab\0").contains("\\u0000 may not be in a plan — p:1:3"));
}
