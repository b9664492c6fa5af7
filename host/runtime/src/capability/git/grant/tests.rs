#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

fn grants() -> Vec<GitGrant> {
    let grant = |tree: &str, remote: &str, reference: &str| GitGrant {
        tree: tree.into(),
        remotes: vec![remote.into()],
        refs: vec![reference.into()],
        auth: Auth::Plain,
    };
    vec![
        grant("/srv/a", "origin", "main"),
        grant("/srv/a", "backup", "old"),
        grant("/srv/b/", "origin", "main"),
    ]
}

fn ask(tree: &str, remote: Option<&str>, reference: Option<&str>) -> Result<(), CapabilityError> {
    let tree = TreePath::parse(tree).unwrap();
    let remote = remote.map(|r| Remote::parse(r).unwrap());
    let reference = reference.map(|r| Ref::parse(r).unwrap());
    granted(&grants(), &tree, remote.as_ref(), reference.as_ref()).map(drop)
}

#[test]
fn nothing_unless_granted() {
    assert!(ask("/srv/a", None, None).is_ok());
    assert!(ask("/srv/b", Some("origin"), Some("main")).is_ok());
    assert!(ask("/srv/a", Some("backup"), Some("old")).is_ok());
    assert!(
        ask("/srv", None, None)
            .unwrap_err()
            .to_string()
            .contains("/srv")
    );
    assert!(ask("/srv/a/b", None, None).is_err());
    assert!(
        ask("/srv/b", Some("backup"), None)
            .unwrap_err()
            .to_string()
            .contains("backup")
    );
    // Tree, remote and ref of one and the same grant: no mixing.
    assert!(
        ask("/srv/a", Some("origin"), Some("old"))
            .unwrap_err()
            .to_string()
            .contains("old")
    );
    assert!(ask("/srv/a", Some("backup"), Some("main")).is_err());
}

#[test]
fn a_key_path_is_plain() {
    assert!(SshKey::parse("/etc/deploy/key", "/etc/deploy/known_hosts").is_ok());
    for bad in [
        "key", "/a b", "/a'b", "/%h", "/~x", "/$x", "/a;b", "/a\"b", "/a\nb",
    ] {
        assert!(SshKey::parse(bad, "/k").is_err(), "{bad}");
        assert!(SshKey::parse("/k", bad).is_err(), "{bad}");
    }
}
