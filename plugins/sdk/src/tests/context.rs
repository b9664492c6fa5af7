//! What is known of the run, in its types.

use crate::{Cause, Commit, Context, output};

fn with(key: &str, value: &str) -> Context {
    Context {
        details: vec![(key.into(), value.into())],
        ..Context::default()
    }
}

#[test]
fn outputs_are_read_by_key_and_the_later_wins() {
    let commit = |id: &str| Commit {
        id: id.into(),
        subject: "it's \"text\"".into(),
        author: "A".into(),
        at: Some(1),
    };
    let context = Context {
        outputs: vec![
            output::entry("commit", &commit("1")),
            output::entry("commit", &commit("2")),
            ("tree".into(), "not json".into()),
        ],
        ..Context::default()
    };
    assert_eq!(context.output::<Commit>("commit"), Some(commit("2")));
    assert_eq!(context.output::<output::Tree>("tree"), None);
    assert_eq!(context.output::<String>("url"), None);
}

#[test]
fn a_commit_without_its_time_is_read_too() {
    let context = Context {
        outputs: vec![(
            "commit".into(),
            r#"{"id":"1","subject":"s","author":"a"}"#.into(),
        )],
        ..Context::default()
    };
    assert_eq!(context.output::<Commit>("commit").unwrap().at, None);
}

#[test]
fn details_that_are_not_there_are_none() {
    let context = Context::default();
    assert!(!context.found_in_place() && !context.is_late() && !context.is_test());
    assert_eq!(context.local_time(), None);
    assert_eq!(context.cause(), None);
    assert_eq!((context.rollback(), context.logs()), (None, None));
    assert_eq!((context.confirm(), context.tried()), (None, None));
}

#[test]
fn details_have_their_types() {
    assert!(with("found-in-place", "true").found_in_place());
    assert!(with("late", "true").is_late());
    assert!(!with("test", "perhaps").is_test());
    assert_eq!(with("confirm", "DEPLOY").confirm(), Some("DEPLOY"));
    assert_eq!(with("signal", "15").cause(), Some(Cause::Signal(15)));
    assert_eq!(
        with("cause", "the power went").cause(),
        Some(Cause::Other("the power went".into()))
    );
    let local = with("local-time", "2025-10-25T14:30:15+02:00").local_time();
    assert_eq!(local.map(|time| time.hour), Some(14));
}
