//! Notices that belong to no run: of a refusal before there was one, and made-up ones that show
//! what notifiers would make of an event.

use std::path::Path;

use deployhost_engine::Role;
use serde_json::json;

use super::meant::Meant;
use super::story::commands;
use crate::capability::run::{Commit, Context};
use crate::context::{self, Facts};
use crate::sandbox::NoticeEvent;

/// How long the made-up run took.
const TOOK: u64 = 83_000;

/// A plan that cannot be carried out, found out before there was a run.
pub fn refusal(
    meant: &Meant,
    facts: &Facts,
    state: Option<&Path>,
    at_unix_ms: u64,
    (problem, hints): (&str, &[String]),
) -> NoticeEvent {
    let mut context = bare(meant, facts, at_unix_ms);
    context.commit = facts.triggered.clone();
    // Nothing is kept of a run that there was not: its id leads nowhere.
    context.details.extend(commands(meant, state, None));
    NoticeEvent {
        kind: "refused".to_owned(),
        context,
        at_unix_ms,
        duration_ms: 0,
        evidence: String::new(),
        steps: Vec::new(),
        problem: Some(problem.to_owned()),
        hints: hints.to_vec(),
        by_hand: Vec::new(),
    }
}

fn bare(meant: &Meant, facts: &Facts, at_unix_ms: u64) -> Context {
    let details = vec![("local-time".to_owned(), context::local_time(at_unix_ms))];
    Context {
        run: facts.run.clone(),
        plan: meant.name.clone(),
        environment: meant.environment.clone(),
        url: meant.url.clone(),
        step: String::new(),
        actor: facts.actor.clone(),
        commit: None,
        previous: facts.previous.as_deref().and_then(context::commit),
        last: None,
        outputs: Vec::new(),
        details,
    }
}

/// What a made-up event is made of.
pub struct Scene<'a> {
    pub meant: &'a Meant,
    pub facts: &'a Facts,
    pub state: Option<&'a Path>,
    /// The commit that the plan's tree stands at.
    pub head: Option<Commit>,
    pub steps: &'a [(String, Role)],
    /// Commands that put back what was there.
    pub by_hand: &'a [String],
}

/// A made-up event, marked as a test, with everything that a real one could have.
pub fn rehearsal(kind: &str, scene: &Scene<'_>, at_unix_ms: u64) -> NoticeEvent {
    let mut context = bare(scene.meant, scene.facts, at_unix_ms);
    let commands = commands(scene.meant, scene.state, Some(&scene.facts.run));
    context.details.extend(commands);
    context.details.push(("test".to_owned(), "true".to_owned()));
    let new = scene.head.clone().unwrap_or_else(made_up);
    let before = context.previous.take().unwrap_or_else(made_up_before);
    let changed = ["needs-operator", "interrupted"].contains(&kind);
    context.commit = Some(match kind {
        "rolled-back" => {
            let tried = ("tried".to_owned(), new.id.clone());
            context.details.push(tried);
            before.clone()
        }
        "unchanged" => before.clone(),
        _ => new,
    });
    context.previous = Some(before);
    let wrong = ["refused", "failed", "rolled-back", "needs-operator"].contains(&kind);
    NoticeEvent {
        kind: kind.to_owned(),
        context,
        at_unix_ms,
        duration_ms: if kind == "started" { 0 } else { TOOK },
        evidence: match kind {
            "succeeded" | "unchanged" | "rolled-back" => "answering".to_owned(),
            _ => String::new(),
        },
        steps: steps(kind, scene.steps),
        problem: problem(kind, scene),
        hints: match wrong {
            true => vec!["this is a test: nothing was deployed, and nothing is wrong".to_owned()],
            false => Vec::new(),
        },
        by_hand: match changed {
            true => scene.by_hand.to_vec(),
            false => Vec::new(),
        },
    }
}

fn made_up() -> Commit {
    Commit {
        id: "0123456789abcdef0123456789abcdef01234567".to_owned(),
        subject: "A made-up commit, to see how it is told".to_owned(),
        author: "deployhost".to_owned(),
    }
}

fn made_up_before() -> Commit {
    Commit {
        id: "89abcdef0123456789abcdef0123456789abcdef".to_owned(),
        subject: "The made-up commit before it".to_owned(),
        author: "deployhost".to_owned(),
    }
}

fn problem(kind: &str, scene: &Scene<'_>) -> Option<String> {
    let last = scene.steps.last().map_or("app", |(name, _)| name.as_str());
    let first = scene.steps.first().map_or("app", |(name, _)| name.as_str());
    Some(match kind {
        "refused" => format!("{first}: this machine cannot carry it out (made up)"),
        "failed" => format!("{first}: it failed before anything had changed (made up)"),
        "rolled-back" | "needs-operator" => {
            format!("{last}: it answered with status 503, expected 200 (made up)")
        }
        "cancelled" => match &scene.meant.confirm {
            Some(word) => format!("the word given is not {word}"),
            None => "it was not confirmed".to_owned(),
        },
        _ => return None,
    })
}

/// How far a run with such an event would have come.
fn steps(kind: &str, steps: &[(String, Role)]) -> Vec<(String, String)> {
    let last = steps.len().saturating_sub(1);
    let told = steps.iter().enumerate().map(|(at, (name, role))| {
        let (state, summary) = match kind {
            "succeeded" | "unchanged" => ("done", Some("it is there")),
            "progress" | "interrupted" if at < last.min(1) => ("done", Some("it is there")),
            "progress" | "interrupted" if at == last.min(1) => {
                ("running", Some("3 of 10, waiting"))
            }
            "failed" if at == 0 => ("failed", None),
            "rolled-back" | "needs-operator" if at < last => ("done", Some("it is there")),
            "rolled-back" | "needs-operator" => ("failed", None),
            _ => ("not-begun", None),
        };
        let actions = match role {
            Role::Change => json!([[format!("bring {name}"), "made up"]]),
            _ => json!([]),
        };
        let said = json!({
            "state": state,
            "summary": summary,
            "ms": (state == "done").then_some(4_000),
            "actions": actions,
            "role": role,
        });
        (name.clone(), said.to_string())
    });
    told.collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::notices::KINDS;

    #[test]
    fn every_kind_can_be_rehearsed_and_says_that_it_is_a_test() {
        let meant = Meant::read(
            r#"{"name": "shop", "environment": "prod", "confirm": "GO", "file": "/p.toml"}"#,
        );
        let facts = Facts {
            run: "0199".into(),
            ..Facts::default()
        };
        let steps = [("code", Role::Change), ("health", Role::Verify)];
        let steps = steps.map(|(name, role)| (name.to_owned(), role));
        let by_hand = ["git reset".to_owned()];
        let scene = Scene {
            meant: &meant,
            facts: &facts,
            state: None,
            head: None,
            steps: &steps,
            by_hand: &by_hand,
        };
        for kind in KINDS {
            let event = rehearsal(kind, &scene, 7);
            assert_eq!(event.kind, kind);
            let detail = |key: &str| {
                let details = &event.context.details;
                let found = details.iter().find(|(own, _)| own == key);
                found.map(|(_, value)| value.as_str())
            };
            assert_eq!(detail("test"), Some("true"), "{kind}");
            assert_eq!(detail("confirm"), Some("GO"), "{kind}");
            assert_eq!(detail("tried").is_some(), kind == "rolled-back", "{kind}");
            assert!(event.context.commit.is_some(), "{kind}");
            assert_eq!(event.steps.len(), 2, "{kind}");
            let acts = ["needs-operator", "interrupted"].contains(&kind);
            assert_eq!(event.by_hand.is_empty(), !acts, "{kind}");
        }
    }
}
