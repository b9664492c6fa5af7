#![allow(clippy::unwrap_used)]

use super::*;
use deployhost_policy::git::remote::RemoteKind;
use deployhost_runtime::capability::error::CapabilityErrorKind;

fn refused(stderr: &str) -> CapabilityError {
    let source = FetchSource {
        url: "https://x/y".into(),
        kind: RemoteKind::Web {
            origin: "https://x".into(),
        },
    };
    let finished = Finished {
        code: Some(128),
        out: Vec::new(),
        cut: false,
        stderr: stderr.into(),
    };
    of(
        &source,
        &finished,
        &Auth::Plain,
        &TreePath::parse("/srv/it \"is\"").unwrap(),
    )
}

#[test]
fn gits_words_are_told_apart() {
    for said in [
        "fatal: unable to auth 'https://x/y/': Could not resolve host: x",
        "fatal: unable to auth 'https://x/y/': Failed to connect to x port 443 after 1 ms: Couldn't connect to server",
        "fatal: unable to auth 'https://x/y/': The requested URL returned error: 503",
        "fatal: unable to auth 'https://x/y/': Operation too slow. Less than 1000 bytes/sec transferred the last 20 seconds",
        "ssh: connect to host x port 22: Connection timed out\nfatal: Could not read from remote repository.",
    ] {
        assert_eq!(
            refused(said).kind,
            CapabilityErrorKind::Unreachable,
            "{said}"
        );
    }
    for said in [
        "fatal: '/x' does not appear to be a git repository\nfatal: Could not read from remote repository.",
        "fatal: repository 'https://x/y/' not found",
    ] {
        assert_eq!(refused(said).kind, CapabilityErrorKind::NotFound, "{said}");
    }
    for said in [
        "fatal: could not read Username for 'https://x': terminal prompts disabled",
        "git@x: Permission denied (publickey).\nfatal: Could not read from remote repository.",
        "Host key verification failed.",
    ] {
        assert!(
            matches!(refused(said), text if text.kind == CapabilityErrorKind::Other && text.to_string().contains("auth = \"user\"")),
            "{said}"
        );
    }
    assert_eq!(
        refused("fatal: unable to auth: The requested URL returned error: 301").kind,
        CapabilityErrorKind::Invalid
    );
    assert_eq!(
        refused("fatal: fsck error in packed object").kind,
        CapabilityErrorKind::Other
    );
}
