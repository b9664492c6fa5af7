//! A notice without secrets: what it says comes from events, which have none, but also from whoever
//! started the run and from what was looked up for it.

use crate::capability::secret::Redactor;
use crate::sandbox::NotifierEvent;

/// The same notice, each of its texts redacted.
pub fn redact(event: &NotifierEvent, redactor: &Redactor) -> NotifierEvent {
    let mut redact = event.clone();
    let NotifierEvent {
        context,
        steps,
        problem,
        hints,
        by_hand,
        // Words of ours.
        kind: _,
        evidence: _,
        at_unix_ms: _,
        duration_ms: _,
    } = &mut redact;
    let hide = |text: &mut String| *text = redactor.redact(text).into_owned();
    for commit in [&mut context.commit, &mut context.previous]
        .into_iter()
        .flatten()
    {
        hide(&mut commit.subject);
        hide(&mut commit.author);
    }
    let pairs = context.outputs.iter_mut().chain(&mut context.details);
    pairs.chain(steps).for_each(|(_, text)| hide(text));
    let texts = [&mut context.actor, &mut context.url, &mut context.last];
    let texts = texts.into_iter().flatten().chain(problem);
    texts.chain(hints).chain(by_hand).for_each(hide);
    redact
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::capability::http::Origin;
    use crate::capability::run::{Commit, Context};
    use crate::capability::secret::{Secret, SecretKind};

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
        };
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
            problem: Some(text()),
            hints: vec![text()],
            by_hand: vec![text()],
        };
        let said = format!("{:?}", redact(&event, &redactor));
        assert!(!said.contains("hunter2"), "{said}");
        assert_eq!(said.matches("it is [secret key]").count(), 13, "{said}");
    }
}
