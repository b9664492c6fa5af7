#![allow(clippy::unwrap_used)]

use super::*;
use std::os::unix::fs::symlink;

#[test]
fn relative_to_the_plans_folder() {
    let base = Path::new("/etc/plans");
    for (text, path) in [
        ("/srv/app", "/srv/app"),
        ("/srv//app/./", "/srv/app"),
        ("app", "/etc/plans/app"),
        ("./a/b/", "/etc/plans/a/b"),
        (".", "/etc/plans"),
        ("/srv/~old", "/srv/~old"),
        ("-rf", "/etc/plans/-rf"),
    ] {
        assert_eq!(absolute(base, text).unwrap(), Path::new(path), "{text}");
    }
    for text in [
        "", "/", "//", "/.", "~", "~/app", "~root/x", "$HOME", "/srv/$X", "../a", "/a/../b", "a/..",
    ] {
        assert!(absolute(base, text).is_err(), "{text}");
    }
}

#[test]
fn never_through_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().canonicalize().unwrap();
    std::fs::create_dir(base.join("real")).unwrap();
    std::fs::write(base.join("file"), "").unwrap();
    symlink("real", base.join("link")).unwrap();
    symlink("nowhere", base.join("dangling")).unwrap();
    for text in ["real", "real/missing/deep", "missing"] {
        assert_eq!(checked_path(&base, text).unwrap(), base.join(text));
    }
    for text in ["link", "link/below", "dangling", "/proc/self/root/srv"] {
        let diagnostic = checked_path(&base, text).unwrap_err();
        assert!(
            diagnostic.message.contains("through the symbolic link"),
            "{text}: {}",
            diagnostic.message
        );
    }
    let real = base.join("real");
    let help = checked_path(&base, "link/below").unwrap_err().help.unwrap();
    assert!(help.contains(real.to_str().unwrap()), "{help}");
    assert!(
        checked_path(&base, "file/below")
            .unwrap_err()
            .message
            .contains("cannot be looked at")
    );
}

#[test]
fn a_remote_may_climb() {
    let folder = tempfile::tempdir().unwrap();
    let top = folder.path().canonicalize().unwrap();
    let base = top.join("plans/prod");
    std::fs::create_dir_all(&base).unwrap();
    symlink("plans", top.join("link")).unwrap();
    for (text, path) in [
        ("../../origin.git", "origin.git"),
        ("./origin.git", "plans/prod/origin.git"),
        ("./../x", "plans/x"),
        ("..", "plans"),
        ("..x", "plans/prod/..x"),
    ] {
        assert_eq!(
            checked_climb(&base, text).unwrap(),
            top.join(path),
            "{text}"
        );
    }
    for text in ["../a/../b", "../../link/x", "../$X"] {
        assert!(checked_climb(&base, text).is_err(), "{text}");
    }
}
