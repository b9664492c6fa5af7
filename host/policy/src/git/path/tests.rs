#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

#[test]
fn a_work_tree_is_named_plainly() {
    for good in [
        "/srv/app",
        "/srv/app/",
        "/srv//app",
        "/srv/mon app",
        "/srv/é",
    ] {
        assert!(TreePath::parse(good).is_ok(), "{good}");
    }
    assert_eq!(
        TreePath::parse("/srv//app/").unwrap(),
        TreePath::parse("/srv/app").unwrap()
    );
    for bad in [
        "",
        "/",
        "//",
        "~",
        "~/app",
        "$HOME",
        "$HOME/x",
        "srv/app",
        "./app",
        "/srv/../etc",
        "/srv/./app",
        "/srv/a\nb",
        "/srv/\u{202e}x",
        "/srv/a\0",
    ] {
        assert!(TreePath::parse(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn a_path_stays_inside_the_commit() {
    for good in ["", "a", "a/b", "a/", "-x", ":(top)x", "*"] {
        assert!(Path::parse(good).is_ok(), "{good}");
    }
    for bad in [
        "/", "/a", "..", "a/../b", "a//b", "./a", "a/.", "a\nb", "a\0b", "a//",
    ] {
        assert!(Path::parse(bad).is_err(), "{bad:?}");
    }
    assert!(Path::parse("").unwrap().is_whole_tree());
}
