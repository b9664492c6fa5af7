#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

#[test]
fn what_people_write() {
    for (text, want) in [
        ("origin", RemoteKind::Name),
        ("up-stream_2", RemoteKind::Name),
        (
            "https://github.com/a/b.git",
            RemoteKind::Web {
                origin: "https://github.com".into(),
            },
        ),
        (
            "https://git.example:8443/x",
            RemoteKind::Web {
                origin: "https://git.example:8443".into(),
            },
        ),
        (
            "http://127.0.0.1:3000/x",
            RemoteKind::Web {
                origin: "http://127.0.0.1:3000".into(),
            },
        ),
        (
            "http://[::1]:3000/x",
            RemoteKind::Web {
                origin: "http://[::1]:3000".into(),
            },
        ),
        (
            "http://localhost/x",
            RemoteKind::Web {
                origin: "http://localhost".into(),
            },
        ),
        ("ssh://git@github.com/a/b", RemoteKind::Ssh),
        ("ssh://[2001:db8::1]:22/b", RemoteKind::Ssh),
        ("git@github.com:a/b.git", RemoteKind::Ssh),
        ("host:path", RemoteKind::Ssh),
        (
            "/srv/git/a b.git",
            RemoteKind::Local("/srv/git/a b.git".into()),
        ),
        (
            "file:///srv/git/a%20b.git",
            RemoteKind::Local("/srv/git/a b.git".into()),
        ),
        ("./r.git", RemoteKind::Relative("./r.git".into())),
        ("../r.git", RemoteKind::Relative("../r.git".into())),
    ] {
        assert_eq!(
            Remote::parse(text).as_ref().map(Remote::kind),
            Ok(&want),
            "{text}"
        );
    }
}

#[test]
fn what_git_would_run_or_leak() {
    let long = format!("https://x/{}", "a".repeat(2048));
    for bad in [
        "",
        "ext::sh -c id",
        "foo::bar",
        "-oProxyCommand=id",
        "--upload-pack=id",
        "ssh://-oProxyCommand=id/x",
        "ssh://-oX@host/x",
        "ssh://a b/x",
        "-oX@host:x",
        "host:-x",
        "http://example.org/x",
        "http://127.0.0.1.nip.io/x",
        "git://example.org/x",
        "ftp://example.org/x",
        "file://host/x",
        "https://",
        "https://x/a?b",
        "https://x/a#b",
        "https://x/a%0Ab",
        "ssh://h%0a/x",
        "a\nb",
        "https://x/\ny",
        "~/x",
        "$HOME/x",
        "foo/bar",
        "a b",
        "@host:x",
        "ssh://host",
        "git@ho`st:x",
        "https://x/a b",
        &long,
    ] {
        assert!(
            Remote::parse(bad).is_err(),
            "{bad:?} is {:?}",
            Remote::parse(bad)
        );
    }
}

#[test]
fn a_password_is_refused_and_not_repeated() {
    for bad in [
        "https://user:s3cr3t@host/x",
        "https://s3cr3t@host/x",
        "ssh://git:s3cr3t@host/x",
        "git:s3cr3t@host/x",
        "git:s3cr3t@host:x",
    ] {
        let error = Remote::parse(bad).unwrap_err();
        assert!(!error.to_string().contains("s3cr3t"), "{error}");
        assert!(error.to_string().contains("auth"), "{error}");
    }
}
