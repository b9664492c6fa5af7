//! Notices that belong to no run: of a refusal before there was one, and made-up ones that show
//! what notifiers would make of an event.

use std::path::Path;

use deployhost_engine::Role;
use deployhost_policy::Diagnostic;
use serde_json::json;

use super::builder::commands;
use super::plan_snapshot::PlanSnapshot;
use crate::context::{self, ContextBuilder};
use deployhost_runtime::capability::run::{Commit, Context};
use deployhost_runtime::sandbox::NotifierEvent;

/// How long the made-up run took.
const TOOK: u64 = 83_000;

/// A plan that cannot be carried out, found out before there was a run.
pub fn refusal(
    snapshot: &PlanSnapshot,
    context_builder: &ContextBuilder,
    state: Option<&Path>,
    at_unix_ms: u64,
    problem: &Diagnostic,
) -> NotifierEvent {
    let mut context = bare(snapshot, context_builder, at_unix_ms);
    context.commit = context_builder.triggered.clone();
    // Nothing is kept of a run that there was not: its id leads nowhere.
    context.details.extend(commands(snapshot, state, None));
    NotifierEvent {
        kind: "refused".to_owned(),
        context,
        at_unix_ms,
        duration_ms: 0,
        evidence: String::new(),
        steps: Vec::new(),
        problem: Some(problem.clone().into()),
        by_hand: Vec::new(),
    }
}

fn bare(snapshot: &PlanSnapshot, context_builder: &ContextBuilder, at_unix_ms: u64) -> Context {
    let details = vec![("local-time".to_owned(), context::local_time(at_unix_ms))];
    Context {
        run: context_builder.run.clone(),
        plan: snapshot.name.clone(),
        environment: snapshot.environment.clone(),
        url: snapshot.url.clone(),
        step: String::new(),
        actor: context_builder.actor.clone(),
        commit: None,
        previous: context_builder
            .previous
            .as_deref()
            .and_then(context::commit),
        last: None,
        outputs: Vec::new(),
        details,
    }
}

/// What a made-up event is made of.
pub struct TestEventSource<'a> {
    pub snapshot: &'a PlanSnapshot,
    pub context_builder: &'a ContextBuilder,
    pub state: Option<&'a Path>,
    /// The commit that the plan's tree stands at.
    pub head: Option<Commit>,
    pub steps: &'a [(String, Role)],
    /// Commands that put back what was there.
    pub by_hand: &'a [String],
}

/// A made-up event, marked as a test, with everything that a real one could have.
pub fn test_event(kind: &str, source: &TestEventSource<'_>, at_unix_ms: u64) -> NotifierEvent {
    let mut context = bare(source.snapshot, source.context_builder, at_unix_ms);
    let commands = commands(
        source.snapshot,
        source.state,
        Some(&source.context_builder.run),
    );
    context.details.extend(commands);
    context.details.push(("test".to_owned(), "true".to_owned()));
    let new = source.head.clone().unwrap_or_else(made_up);
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
    NotifierEvent {
        kind: kind.to_owned(),
        context,
        at_unix_ms,
        duration_ms: if kind == "started" { 0 } else { TOOK },
        evidence: match kind {
            "succeeded" | "unchanged" | "rolled-back" => "answering".to_owned(),
            _ => String::new(),
        },
        steps: steps(kind, source.steps),
        problem: problem(kind, source).map(|problem| match wrong {
            true => problem
                .note("this is a test: nothing was deployed, and nothing is wrong")
                .into(),
            false => problem.into(),
        }),
        by_hand: match changed {
            true => source.by_hand.to_vec(),
            false => Vec::new(),
        },
    }
}

fn made_up() -> Commit {
    Commit {
        id: "0123456789abcdef0123456789abcdef01234567".to_owned(),
        subject: "A made-up commit, to see how it is told".to_owned(),
        author: "deployhost".to_owned(),
        at: None,
    }
}

fn made_up_before() -> Commit {
    Commit {
        id: "89abcdef0123456789abcdef0123456789abcdef".to_owned(),
        subject: "The made-up commit before it".to_owned(),
        author: "deployhost".to_owned(),
        at: None,
    }
}

fn problem(kind: &str, source: &TestEventSource<'_>) -> Option<Diagnostic> {
    let last = source.steps.last().map_or("app", |(name, _)| name.as_str());
    let first = source
        .steps
        .first()
        .map_or("app", |(name, _)| name.as_str());
    let (code, message) = match kind {
        "refused" => (
            "test.refused",
            format!("{first}: this machine cannot carry it out (made up)"),
        ),
        "failed" => (
            "test.failed",
            format!("{first}: it failed before anything had changed (made up)"),
        ),
        "rolled-back" | "needs-operator" => (
            "test.status",
            format!("{last}: it answered with status 503, expected 200 (made up)"),
        ),
        "cancelled" => match &source.snapshot.confirm {
            Some(word) => (
                "confirmation.wrong",
                format!("the word given is not {word}"),
            ),
            None => ("confirmation.missing", "it was not confirmed".to_owned()),
        },
        _ => return None,
    };
    Some(Diagnostic::new(code, message))
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
mod tests;
