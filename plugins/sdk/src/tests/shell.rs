//! Commands that people paste.

use crate::shell::{line, word};

#[test]
fn what_a_shell_would_read_otherwise_is_quoted() {
    for (text, quoted) in [
        ("/srv/app", "/srv/app"),
        ("main", "main"),
        ("", "''"),
        ("/srv/my app", "'/srv/my app'"),
        ("it's", r"'it'\''s'"),
        ("$HOME", "'$HOME'"),
        ("`id`", "'`id`'"),
        ("a;b", "'a;b'"),
        ("~/x", "'~/x'"),
        ("!1", "'!1'"),
        ("é", "'é'"),
    ] {
        assert_eq!(word(text), quoted);
    }
    assert_eq!(
        line(["git", "-C", "/a b", "status"]),
        "git -C '/a b' status"
    );
}
