#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::Instant;

use super::*;
use crate::hang_guard::LIMIT;

fn child(program: &str, arguments: &[&str]) -> Child {
    Child {
        command: [program]
            .iter()
            .chain(arguments)
            .map(OsString::from)
            .collect(),
        environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
        folder: "/".into(),
        input: Vec::new(),
        deadline: LIMIT,
        most: 1000,
        changes: false,
    }
}

/// A deadline by which a shell has begun with its script, on a busy machine too.
const STARTED: Duration = Duration::from_secs(2);

/// Does a process other than a zombie have this id?
fn lives(id: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| {
        !stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .starts_with(" Z")
    })
}

async fn dies(id: &str) -> bool {
    let since = Instant::now();
    while lives(id) {
        if since.elapsed() > LIMIT {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    true
}

#[tokio::test]
async fn says_what_it_was_given_and_how_it_ended() {
    let mut cat = child("cat", &[]);
    cat.input = b"one\ntwo\n".to_vec();
    let done = cat.run().await.unwrap();
    assert_eq!(
        (done.code, done.out.as_slice()),
        (Some(0), b"one\ntwo\n".as_slice())
    );
    let done = child("sh", &["-c", "echo no >&2; exit 7"])
        .run()
        .await
        .unwrap();
    assert_eq!((done.code, done.stderr.as_str()), (Some(7), "no\n"));
}

#[tokio::test]
async fn inherits_nothing() {
    let done = child("env", &[]).run().await.unwrap();
    assert_eq!(done.out, b"PATH=/usr/bin:/bin\n");
}

#[tokio::test]
async fn a_missing_program_is_told_from_a_missing_folder() {
    assert!(matches!(
        child("no-such-program", &[]).run().await,
        Err(ChildError::Missing)
    ));
    let mut lost = child("true", &[]);
    lost.folder = "/no/such/folder".into();
    assert!(matches!(lost.run().await, Err(ChildError::Io(_))));
}

#[tokio::test]
async fn its_whole_group_ends_at_the_deadline() {
    let folder = tempfile::tempdir().unwrap();
    let mut slow = child("sh", &["-c", "sleep 600 & echo $! > pid; sleep 600"]);
    slow.folder = folder.path().into();
    slow.deadline = STARTED;
    let ended = tokio::time::timeout(LIMIT, slow.run()).await;
    assert!(matches!(ended, Ok(Err(ChildError::Late(_)))), "{ended:?}");
    let id = std::fs::read_to_string(folder.path().join("pid")).unwrap();
    assert!(dies(id.trim()).await);
}

#[tokio::test]
async fn its_whole_group_ends_when_nobody_waits_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let mut slow = child("sh", &["-c", "sleep 600 & echo $! > pid; sleep 600"]);
    slow.folder = folder.path().into();
    let started = async {
        loop {
            let id = std::fs::read_to_string(folder.path().join("pid")).unwrap_or_default();
            if id.ends_with('\n') {
                break id;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    // Its own deadline is the limit of this, too.
    let id = tokio::select! {
        ended = slow.run() => panic!("{ended:?}"),
        id = started => id,
    };
    assert!(dies(id.trim()).await);
}

#[tokio::test]
async fn a_deaf_child_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let script = "trap '' TERM; echo $$ > pid; while :; do sleep 60; done";
    let mut deaf = child("sh", &["-c", script]);
    deaf.folder = folder.path().into();
    deaf.deadline = STARTED;
    assert!(matches!(deaf.run().await, Err(ChildError::Late(_))));
    let id = std::fs::read_to_string(folder.path().join("pid")).unwrap();
    assert!(!lives(id.trim()));
}

#[tokio::test]
async fn a_late_child_may_say_farewell() {
    let folder = tempfile::tempdir().unwrap();
    // More than a pipe holds.
    let script = "trap 'head -c 300000 /dev/zero; echo > tidied; exit' TERM; sleep 60 & wait";
    let mut late = child("sh", &["-c", script]);
    late.folder = folder.path().into();
    late.deadline = STARTED;
    assert!(matches!(late.run().await, Err(ChildError::Late(_))));
    assert!(folder.path().join("tidied").exists());
}

#[tokio::test]
async fn output_keeps_its_beginning_and_what_it_said_its_end() {
    let script = "yes 0123456789 | head -n 20000; yes x | head -n 200000 >&2; echo last >&2";
    let done = child("sh", &["-c", script]).run().await.unwrap();
    assert!(done.success() && done.cut);
    assert_eq!(done.out.len(), 1000);
    assert!(done.out.starts_with(b"0123456789\n"));
    assert!(done.stderr.len() > STDERR - 2 && done.stderr.ends_with("x\nlast\n"));
    // A line whose beginning is gone is gone with it.
    let script = "head -c 300000 /dev/zero | tr '\\0' x >&2; echo >&2; echo last >&2";
    let done = child("sh", &["-c", script]).run().await.unwrap();
    assert_eq!(done.stderr, "last\n");
    let mut exact = child("head", &["-c", "1000", "/dev/zero"]);
    exact.most = 1000;
    assert!(!exact.run().await.unwrap().cut);
}
