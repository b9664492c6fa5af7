#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::Duration;

use super::*;
use deployhost_runtime::sandbox::CallError;

fn receipt_of(receipt: GuestReceipt) -> Result<Receipt, Diagnostic> {
    match receipt_answer(Ok(Ok(receipt))) {
        CallResult::Receipt(receipt) => Ok(receipt),
        CallResult::Failed {
            problem,
            temporary: false,
        } => Err(problem),
        _ => panic!("neither receipt nor failure"),
    }
}

use super::receipt as receipt_answer;

fn guest() -> GuestReceipt {
    GuestReceipt {
        summary: "done".into(),
        pin: Some("p".into()),
        outputs: Vec::new(),
        evidence: String::new(),
    }
}

fn failed(failure: Failure) -> CallResult {
    receipt_answer(Ok(Err(failure)))
}

fn said(message: &str) -> run::Diagnostic {
    Diagnostic::new("web.closed", message).into()
}

fn problem_of(result: CallResult) -> (Diagnostic, bool) {
    match result {
        CallResult::Failed { problem, temporary } => (problem, temporary),
        _ => panic!("no failure"),
    }
}

#[test]
fn text_for_people_loses_what_moves_it_about() {
    assert_eq!(sanitize("plain, état, 日本, 🚀"), "plain, état, 日本, 🚀");
    assert_eq!(
        sanitize("a\u{1b}[2Jb\tc\r\nd\u{9b}e\u{7f}"),
        "a [2Jb c  d e "
    );
    for c in [
        '\u{200e}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}', '\u{2028}',
    ] {
        assert_eq!(sanitize(&format!("a{c}b")), "a b", "{c:?}");
    }
}

#[test]
fn evidence_is_one_of_four_words_or_none() {
    for evidence in Evidence::ALL {
        let said = GuestReceipt {
            evidence: evidence.as_str().into(),
            ..guest()
        };
        assert_eq!(receipt_of(said).unwrap().evidence, Some(evidence));
    }
    assert_eq!(receipt_of(guest()).unwrap().evidence, None);
    for word in ["Verified", "verified ", "proven", "none"] {
        let said = GuestReceipt {
            evidence: word.into(),
            ..guest()
        };
        let problem = receipt_of(said).unwrap_err();
        assert_eq!(
            problem.message,
            format!("the plugin reported the evidence {word:?}, which is none of ours")
        );
    }
}

#[test]
fn outputs_are_json_and_bounded() {
    let with = |outputs: &[(&str, &str)]| {
        let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        receipt_of(GuestReceipt {
            outputs: outputs.iter().map(own).collect(),
            ..guest()
        })
    };
    assert_eq!(
        with(&[("a", "null"), ("b", "{\"c\":1}")])
            .unwrap()
            .outputs
            .len(),
        2
    );
    for value in ["", "{", "nothing", "1 2"] {
        let problem = with(&[("a", "1"), ("b", value)]).unwrap_err();
        assert_eq!(problem.message, "the plugin's output \"b\" is no JSON");
    }
    let text = format!("\"{}\"", "x".repeat(32 * 1024 - 3));
    assert!(with(&[("a", &text), ("b", &text)]).is_ok());
    assert_eq!(
        with(&[("a", &text), ("bb", &text)]).unwrap_err().message,
        "the plugin's outputs are 65537 bytes, 64 KiB are allowed"
    );
}

#[test]
fn a_plugins_problem_keeps_its_fields_and_loses_what_moves_text_about() {
    let guest = run::Diagnostic {
        help: Some("free\u{1b}some".into()),
        parameters: vec![("disk".into(), "a\nb".into())],
        notes: vec!["one\u{202e}".into(), String::new(), "two".into()],
        ..said("no\nspace")
    };
    let (problem, _) = problem_of(failed(Failure::Permanent(guest)));
    assert_eq!(problem.code.as_str(), "web.closed");
    assert_eq!(problem.message, "no space");
    assert_eq!(problem.help.as_deref(), Some("free some"));
    assert_eq!(problem.notes, ["one ", "two"]);
    assert_eq!(problem.parameters, [("disk".into(), "a b".into())]);
    let (problem, _) = problem_of(failed(Failure::Other(said(""))));
    assert_eq!(problem.message, "it gave no reason");
    let guest = run::Diagnostic {
        notes: vec!["x".into(); 1000],
        ..said("x")
    };
    let (problem, _) = problem_of(failed(Failure::Other(guest)));
    assert_eq!(problem.notes.len(), 20);
}

#[test]
fn only_a_temporary_failure_is_worth_another_try() {
    for (failure, expected) in [
        (Failure::Temporary(said("t")), true),
        (Failure::Permanent(said("p")), false),
        (Failure::Other(said("o")), false),
    ] {
        let (problem, temporary) = problem_of(failed(failure));
        assert_eq!(temporary, expected, "{}", problem.message);
    }
    let stopped = CallError::Cpu(Duration::from_secs(2));
    let (problem, temporary) = problem_of(receipt_answer(Err(stopped)));
    assert_eq!(problem.message, "it computed for over 2 s and was stopped");
    assert!(!temporary);
}

#[test]
fn a_config_that_cannot_be_refuses_while_planning_and_fails_later() {
    let plan = Action::Plan {
        step: "code".into(),
        attempt: 1,
        after_ms: 0,
    };
    let apply = Action::Apply {
        step: "code".into(),
        pass: Pass::Forward,
        pin: None,
        attempt: 1,
        after_ms: 0,
    };
    let refused = || failed(Failure::Config(said("no such ref")));
    let event = result(&plan, "code", Pass::Forward, refused());
    assert!(matches!(event, Event::Refused { .. }), "{event:?}");
    let event = result(&apply, "code", Pass::Back, refused());
    assert!(
        matches!(&event, Event::Failed { step, pass: Pass::Back, .. } if step == "code"),
        "{event:?}"
    );
}

#[test]
fn every_call_is_announced_by_its_own_word() {
    let (step, attempt, after_ms) = (String::from("code"), 2, 5);
    let pin = Some(String::from("p"));
    let pass = Pass::Back;
    for (action, word) in [
        (
            Action::Plan {
                step: step.clone(),
                attempt,
                after_ms,
            },
            "planning",
        ),
        (
            Action::Replan {
                step: step.clone(),
                pin: pin.clone(),
                attempt,
                after_ms,
            },
            "planning",
        ),
        (
            Action::Apply {
                step: step.clone(),
                pass,
                pin,
                attempt,
                after_ms,
            },
            "applying",
        ),
        (
            Action::Verify {
                step: step.clone(),
                pass,
                attempt,
                after_ms,
            },
            "verifying",
        ),
        (
            Action::Undo {
                step,
                receipt: None,
                attempt,
                after_ms,
            },
            "undoing",
        ),
    ] {
        let announced = action.event().unwrap();
        assert_eq!(announced.kind().as_str(), word);
        assert_eq!(action.pause_ms(), 5);
    }
    assert_eq!(Action::Start.pause_ms(), 0);
    assert_eq!(Action::Confirm.event(), None);
}

#[test]
fn a_receipt_comes_back_to_its_plugin_as_it_was_given() {
    let given = GuestReceipt {
        outputs: vec![("a".into(), "1".into())],
        evidence: "running".into(),
        ..guest()
    };
    let back = receipt_for_guest(&receipt_of(given.clone()).unwrap());
    assert_eq!(format!("{back:?}"), format!("{given:?}"));
}

#[test]
fn b5_no_more_is_claimed_than_was_seen() {
    let claims = |evidence: &str, seen: Option<Evidence>| {
        let receipt = GuestReceipt {
            summary: String::new(),
            pin: None,
            outputs: vec![],
            evidence: evidence.into(),
        };
        let (result, more) = receipt_answer(Ok(Ok(receipt))).capped(seen);
        let CallResult::Receipt(receipt) = result else {
            panic!("no receipt")
        };
        (receipt.evidence, more)
    };
    use Evidence::{Answering, Applied, Running, Verified};
    assert_eq!(claims("verified", None), (Some(Applied), Some(Verified)));
    assert_eq!(
        claims("verified", Some(Answering)),
        (Some(Answering), Some(Verified))
    );
    assert_eq!(claims("running", Some(Answering)), (Some(Running), None));
    assert_eq!(claims("verified", Some(Verified)), (Some(Verified), None));
    assert_eq!(claims("", Some(Verified)), (None, None));
}
