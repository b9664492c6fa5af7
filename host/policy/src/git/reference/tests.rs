#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

#[test]
fn refs_that_people_write() {
    for good in [
        "main",
        "v1.2.3",
        "feature/one-two",
        "déploiement",
        "1a2b3c4",
        "a.b",
        "x@y",
        "release/2026.11",
    ] {
        assert!(Ref::parse(good).is_ok(), "{good}");
    }
}

#[test]
fn refs_that_git_would_misread() {
    let long = "x".repeat(256);
    for bad in [
        "",
        "-x",
        "--upload-pack=touch pwned",
        "a..b",
        "a b",
        "@{u}",
        "a@{1}",
        "a~1",
        "a^",
        "a:b",
        "a?",
        "a*",
        "a[b",
        "a\\b",
        "refs/../x",
        "refs/heads/main",
        "x.lock",
        "x.lock/y",
        ".x",
        "a/.b",
        "a/",
        "/a",
        "a//b",
        "a.",
        "@",
        "HEAD",
        "a\nb",
        "a\u{7f}",
        "a\0b",
        "a\u{202e}b",
        &long,
    ] {
        assert!(Ref::parse(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn a_refusal_shows_no_control_characters() {
    let error = Ref::parse("a\u{1b}[2J").unwrap_err();
    assert!(!error.to_string().contains('\u{1b}'), "{error:?}");
}

#[test]
fn commit_ids_are_full_and_lower_case() {
    assert!(CommitId::parse(&"a1".repeat(20)).is_ok());
    assert!(CommitId::parse(&"a1".repeat(32)).is_ok());
    for bad in [
        "",
        "a1b2c3d",
        &"A1".repeat(20),
        &"g1".repeat(20),
        &"a".repeat(41),
    ] {
        assert!(CommitId::parse(bad).is_err(), "{bad}");
    }
    assert!(Ref::parse("1a2b3c4").unwrap().is_hex());
    assert!(!Ref::parse("1a2b3c").unwrap().is_hex());
    assert!(!Ref::parse("1A2B3C4").unwrap().is_hex());
}

#[test]
fn a_refusal_says_why_and_what_to_write() {
    for (text, line) in [
        (
            "a..b",
            "`a..b` is no git ref: it contains `..` — write a branch, a tag or a commit id",
        ),
        (
            "",
            "`` is no git ref — write a branch, a tag or a commit id",
        ),
        ("HEAD", "`HEAD` is no git ref — write the branch's name"),
        (
            "refs/heads/main",
            "`refs/heads/main` is no git ref — write the short name, such as `main`",
        ),
    ] {
        assert_eq!(Ref::parse(text).unwrap_err().to_string(), line);
    }
}
