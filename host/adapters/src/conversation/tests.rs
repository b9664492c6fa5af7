#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

fn shell(script: &str) -> Child {
    Child {
        command: ["sh", "-c", script].map(Into::into).to_vec(),
        environment: vec![("PATH".into(), std::env::var_os("PATH").unwrap())],
        folder: "/".into(),
        input: Vec::new(),
        deadline: Duration::ZERO,
        most: 0,
        changes: false,
    }
}

#[tokio::test]
async fn it_answers_one_request_after_another() {
    let mut child = Conversation::begin(&shell("while read a; do echo got $a; done")).unwrap();
    for word in ["one", "two"] {
        child.send(format!("{word}\n").as_bytes()).await.unwrap();
        assert_eq!(child.bytes(4).await.unwrap(), b"got ");
        assert_eq!(child.line().await.unwrap(), word.as_bytes());
    }
}

#[tokio::test]
async fn one_that_ends_says_why() {
    let mut child = Conversation::begin(&shell("read a; echo half; echo no >&2")).unwrap();
    child.send(b"x\n").await.unwrap();
    assert_eq!(child.line().await.unwrap(), b"half");
    let error = child.line().await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    assert_eq!(child.last_words().await, "no\n");
}

#[tokio::test]
async fn a_line_without_an_end_is_refused() {
    let mut child = Conversation::begin(&shell("exec cat /dev/zero")).unwrap();
    assert!(child.line().await.is_err());
}
