#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use super::*;
use deployhost_policy::Diagnostic;
use deployhost_policy::secret::{Secret, SecretKind};
use deployhost_runtime::capability::http::Origin;
use deployhost_runtime::capability::run::{Commit, Context};

#[test]
fn no_text_of_a_notice_holds_a_secret() {
    let origin = Origin::parse("https://a.example").unwrap();
    let secret = Secret::new("key", SecretKind::Token, origin, "hunter2-hunter2").unwrap();
    let redactor = Redactor::new(&[Arc::new(secret)]).unwrap();
    let text = || "it is hunter2-hunter2".to_owned();
    let commit = || Commit {
        id: "1".into(),
        subject: text(),
        author: text(),
        at: None,
    };
    let problem = Diagnostic::new("step.failed", text())
        .help(text())
        .note(text())
        .parameter("path", text());
    let event = NotifierEvent {
        kind: "failed".into(),
        context: Context {
            run: "run".into(),
            plan: "plan".into(),
            environment: "test".into(),
            url: Some(text()),
            step: "discord".into(),
            actor: Some(text()),
            commit: Some(commit()),
            previous: Some(commit()),
            last: Some(text()),
            outputs: vec![("tree".into(), text())],
            details: vec![("logs".into(), text())],
        },
        at_unix_ms: 0,
        duration_ms: 0,
        evidence: String::new(),
        steps: vec![("code".into(), text())],
        problem: Some(problem.into()),
        by_hand: vec![text()],
    };
    let said = format!("{:?}", redact(&event, &redactor));
    assert!(!said.contains("hunter2"), "{said}");
    assert_eq!(said.matches("it is [secret key]").count(), 15, "{said}");
}
