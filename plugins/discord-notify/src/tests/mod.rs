//! Events of a run in both forms, and the tests of the messages about them.

mod channels;
mod configuring;
mod deliveries;
mod hostile;
mod messages;
mod templates;
mod texts;

use deployhost_plugin::serde_json::json;
use deployhost_plugin::{Commit, Context, Diagnostic, Event};

use crate::config::Mode;
use crate::words::{KINDS, Language};
use crate::{Config, discord_message};

const HOOK: &str = "https://discord.com/s-0123456789abcdef0123456789abcdef";

fn config(language: Language) -> Config {
    Config {
        webhook: HOOK.into(),
        language,
        ..Config::default()
    }
}

fn commit(id: &str, subject: &str) -> Commit {
    Commit {
        id: format!("{id}{}", "0".repeat(33)),
        subject: subject.into(),
        author: "julienlafrance".into(),
        at: None,
    }
}

fn problem(message: &str) -> Diagnostic {
    Diagnostic::new("test.broken", message)
}

/// What the host reports of a run of the pipeline that this replaces, before production or in it.
fn event(kind: &str, confirmed: bool) -> Event {
    let (environment, url, tried) = match confirmed {
        false => (
            "preprod",
            "https://mangetamain.lafrance.io/",
            commit("abc1234", "Fix bug in login\n\nBody"),
        ),
        true => (
            "production",
            "https://backtothefuturekitchen.lafrance.io/",
            commit("def5678", "New feature\n\nBody"),
        ),
    };
    let before = match confirmed {
        false => commit("9f0e1d2", "Serve the page"),
        true => commit("abc1234", "Fix bug in login"),
    };
    let local = match confirmed {
        false => "2025-10-25T14:30:15+02:00",
        true => "2025-10-25T14:35:42+02:00",
    };
    let mut details = vec![("local-time".to_owned(), local.to_owned())];
    if confirmed {
        details.push(("confirm".into(), "DEPLOY".into()));
    }
    let mut event = Event {
        kind: kind.into(),
        context: Context {
            run: "019a1b2c-3d4e-7000-8000-000000000000".into(),
            plan: "mangetamain".into(),
            environment: environment.into(),
            url: Some(url.into()),
            actor: Some("julienlafrance".into()),
            commit: Some(tried.clone()),
            previous: Some(before.clone()),
            details,
            ..Context::default()
        },
        at_unix_ms: 1_761_395_742_000,
        duration_ms: if kind == "started" { 0 } else { 80_000 },
        ..Event::default()
    };
    let state = match kind {
        "started" | "progress" => ["not-begun", "running", "not-begun"],
        "succeeded" | "unchanged" => ["done", "done", "done"],
        "rolled-back" | "needs-operator" => ["done", "done", "failed"],
        _ => ["not-begun", "not-begun", "not-begun"],
    };
    event.steps = vec![
        (
            "code".into(),
            json!({"state": state[0], "role": "change", "actions": [["move /srv/mangetamain to the commit", "main has 1 new commit"]]}).to_string(),
        ),
        (
            "app".into(),
            json!({"state": state[1], "role": "change", "summary": "1 of 2, waiting for streamlit", "actions": [["restart mangetamain", "its files changed"]]}).to_string(),
        ),
        (
            "health".into(),
            json!({"state": state[2], "role": "verify", "actions": []}).to_string(),
        ),
    ];
    let plan = "deployhost rollback --plan /etc/deployhost/mangetamain.toml";
    let mut detail = |key: &str, value: &str| {
        event.context.details.push((key.into(), value.into()));
    };
    match kind {
        "failed" | "rolled-back" | "needs-operator" | "interrupted" => {
            detail("logs", "deployhost show 019a1b2c-3d4e --logs");
            detail("rollback", plan);
        }
        _ => {}
    }
    match kind {
        "succeeded" | "unchanged" => event.evidence = "answering".into(),
        "refused" => {
            event.problem = Some(
                problem("the plan wants docker-compose, and there is none")
                    .note("apt install docker-compose"),
            );
        }
        "failed" => {
            let hints = ["look at the branch"; 5].into_iter();
            let rewritten = problem("code: the branch `main` was rewritten");
            event.problem = Some(hints.fold(rewritten, Diagnostic::note));
        }
        "rolled-back" => {
            event.problem = Some(problem("health: status 502, wanted 200"));
            event.evidence = "answering".into();
            event.context.commit = Some(before);
            event.context.details.push(("tried".into(), tried.id));
        }
        "needs-operator" => {
            event.problem = Some(problem("health: status 502, wanted 200"));
            event.by_hand = vec![
                "git -C /srv/mangetamain reset --hard abc1234".into(),
                "docker-compose -f /srv/mangetamain/docker-compose.yml restart".into(),
            ];
        }
        "cancelled" => {
            let message = "the word given is not DEPLOY";
            event.problem = Some(Diagnostic::new("confirmation.wrong", message));
        }
        _ => {}
    }
    event
}

fn rendered(event: &Event, language: Language) -> String {
    discord_message::compose(event, &config(language))
        .unwrap()
        .content
}

/// Every kind in both forms and languages.
fn every_event() -> Vec<(Event, Config)> {
    let mut every = Vec::new();
    for language in [Language::En, Language::Fr] {
        for kind in KINDS.into_iter().chain(["exploded_twice"]) {
            for confirmed in [false, true] {
                let config = Config {
                    mode: Mode::Edit,
                    ..config(language)
                };
                every.push((event(kind, confirmed), config));
            }
        }
    }
    every
}
