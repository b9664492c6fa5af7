#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::scripted_run::{self, Played, history};

fn about() -> PlanInfo {
    PlanInfo {
        plan: "hello".into(),
        environment: "test".into(),
        url: Some("http://hello.example".into()),
    }
}

fn context_builder() -> ContextBuilder {
    ContextBuilder {
        run: "r2".into(),
        actor: Some("me".into()),
        last: BTreeMap::from([("code".to_owned(), "code@v1".to_owned())]),
        previous: Some(scripted_run::commit("v1")),
        triggered: None,
    }
}

/// A run as far as before its `applied` of this step, or to its end.
fn until(played: &Played, step: Option<&str>) -> Run {
    let events = played.events();
    let applied = |event: &deployhost_engine::Event| matches!(event, deployhost_engine::Event::Applied { step: own, .. } if Some(own.as_str()) == step);
    let end = events.iter().position(applied).unwrap_or(events.len());
    Run::replay(&events[..end]).unwrap()
}

#[test]
fn it_says_where_it_is() {
    let run = until(&Played::new("r2", "v1", "v2"), None);
    let context = context_builder().context(&run, Pass::Forward, &about(), "app");
    assert_eq!(context.run, "r2");
    assert_eq!(context.plan, "hello");
    assert_eq!(context.environment, "test");
    assert_eq!(context.step, "app");
    assert_eq!(context.url.as_deref(), Some("http://hello.example"));
    assert_eq!(context.actor.as_deref(), Some("me"));
    assert_eq!(context.previous.unwrap().subject, "Bring v1");
    let local = &context.details[0];
    assert_eq!(local.0, "local-time");
    // 2026-01-31T12:00:00+01:00
    assert_eq!(local.1.len(), 25, "{}", local.1);
    assert!(["+", "-"].contains(&&local.1[19..20]), "{}", local.1);
    assert_eq!(context.details.len(), 1);
}

#[test]
fn the_commit_is_that_of_its_pass() {
    let failing = Played {
        fails: &["verify health"],
        release: history(&[Played::new("r1", "v0", "v1")]).release(),
        ..Played::new("r2", "v1", "v2")
    };
    let run = failing.run();
    let subject = |run: &Run, pass| {
        let context = context_builder().context(run, pass, &about(), "app");
        context.commit.map(|commit| commit.subject)
    };
    assert_eq!(subject(&run, Pass::Forward).as_deref(), Some("Bring v2"));
    assert_eq!(subject(&run, Pass::Back).as_deref(), Some("Bring v1"));
    // Before any step has said so, it is the release's own.
    let begun = until(
        &Played {
            dies: Some("back app"),
            ..failing.clone()
        },
        None,
    );
    assert_eq!(subject(&begun, Pass::Back).as_deref(), Some("Bring v1"));
    // Planning already knows it.
    let planned = until(&Played::new("r2", "v1", "v2"), Some("code"));
    assert_eq!(
        subject(&planned, Pass::Forward).as_deref(),
        Some("Bring v2")
    );
}

#[test]
fn the_last_pin_is_the_newest() {
    let last = |run: &Run, step: &str| {
        let context = context_builder().context(run, Pass::Forward, &about(), step);
        context.last
    };
    let played = Played::new("r2", "v1", "v2");
    let begun = until(&played, Some("code"));
    assert_eq!(last(&begun, "code").as_deref(), Some("code@v1"));
    assert_eq!(last(&begun, "app"), None);
    let done = until(&played, None);
    assert_eq!(last(&done, "code").as_deref(), Some("code@v2"));
    assert_eq!(last(&done, "app").as_deref(), Some("app@v2"));
    let back = Played {
        fails: &["verify health"],
        ..played
    };
    assert_eq!(last(&back.run(), "code").as_deref(), Some("code@v1"));
    assert_eq!(last(&back.run(), "app").as_deref(), Some("app@v1"));
}

#[test]
fn going_back_to_what_was_found_is_said() {
    let found = Played {
        fails: &["verify health"],
        ..Played::new("r1", "v0", "v1")
    };
    let detail = |played: &Played, pass| {
        let context = context_builder().context(&played.run(), pass, &about(), "app");
        let find = |(key, value): (String, String)| (key == "found-in-place").then_some(value);
        context.details.into_iter().find_map(find)
    };
    assert_eq!(detail(&found, Pass::Back).as_deref(), Some("true"));
    assert_eq!(detail(&found, Pass::Forward), None);
    let released = Played {
        release: history(&[Played::new("r0", "", "v0")]).release(),
        ..found
    };
    assert_eq!(detail(&released, Pass::Back), None);
}

#[test]
fn a_commit_is_read_where_it_is_one() {
    let read = commit(r#"{"id":"abc","subject":"It's \"text\"","more":1}"#).unwrap();
    assert_eq!(read.id, "abc");
    assert_eq!(read.subject, "It's \"text\"");
    assert_eq!(read.author, "");
    for none in ["", "null", "\"abc\"", "{}", "{\"id\":7}"] {
        assert!(commit(none).is_none(), "{none}");
    }
}
