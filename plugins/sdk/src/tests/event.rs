//! Events in their types.

use crate::{Action, Diagnostic, Duration, Event, Role, StepProgress, StepState};

fn event(steps: &[(&str, &str)]) -> Event {
    Event {
        steps: steps
            .iter()
            .map(|(name, json)| (name.to_string(), json.to_string()))
            .collect(),
        ..Event::default()
    }
}

#[test]
fn steps_have_their_types() {
    let event = event(&[(
        "app",
        r#"{"state":"running","summary":"1 of 2","ms":1500,"role":"change",
            "actions":[["restart app","its files changed"],"look"]}"#,
    )]);
    assert_eq!(
        event.steps().collect::<Vec<_>>(),
        [StepState {
            name: "app".into(),
            progress: StepProgress::Running,
            summary: Some("1 of 2".into()),
            duration: Some(Duration::from_millis(1_500)),
            actions: vec![
                Action::new("restart app", "its files changed"),
                Action::new("look", "")
            ],
            role: Some(Role::Change),
        }]
    );
}

#[test]
fn what_is_not_known_yet_is_kept_or_passed_over() {
    let event = event(&[
        ("odd", r#"{"state":"resting","role":"watch","actions":[7]}"#),
        ("none", "not json"),
        ("bare", "{}"),
    ]);
    let steps: Vec<StepState> = event.steps().collect();
    assert_eq!(steps[0].progress, StepProgress::Other("resting".into()));
    assert_eq!((steps[0].role, steps[0].actions.len()), (None, 0));
    assert_eq!(steps[1].name, "bare");
    assert_eq!(steps.len(), 2);
}

#[test]
fn only_a_step_that_verifies_fails_to() {
    for (json, failed) in [
        (r#"{"state":"failed","role":"verify"}"#, true),
        (r#"{"state":"failed","role":"change"}"#, false),
        (r#"{"state":"done","role":"verify"}"#, false),
    ] {
        let event = event(&[("health", json)]);
        assert_eq!(
            event.steps().any(|step| step.failed_to_verify()),
            failed,
            "{json}"
        );
    }
}

#[test]
fn a_wrong_word_is_known_by_its_code() {
    for (code, wrong) in [
        ("confirmation.wrong", true),
        ("confirmation.missing", false),
    ] {
        let event = Event {
            problem: Some(Diagnostic::new(code, "the word given is not DEPLOY")),
            ..Event::default()
        };
        assert_eq!(event.has_wrong_confirmation(), wrong);
    }
    assert!(!Event::default().has_wrong_confirmation());
}
