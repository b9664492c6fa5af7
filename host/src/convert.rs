//! Between the engine's words and the plugins': calls to events, answers to events.
//!
//! What a plugin returns is untrusted: evidence must be a word of ours, and text for people loses
//! its control characters here.

use deployhost_engine::{Act, Action, Event, Evidence, Pass, Problem, Proposal, Receipt};

use crate::capability::log::cut;
pub use crate::capability::log::sanitize;
use crate::sandbox::{CallError, Failure, GuestProposal, GuestReceipt};

/// What came of a call.
pub enum CallResult {
    Proposal(Proposal),
    Receipt(Receipt),
    Undone,
    Failed(Problem),
    /// The plan asks for something that cannot be.
    Refused(Problem),
}

/// The event that announces a call.
pub fn intent(action: &Action) -> Event {
    match action.clone() {
        Action::Plan { step, attempt, .. } | Action::Replan { step, attempt, .. } => {
            Event::Planning { step, attempt }
        }
        Action::Apply {
            step,
            pass,
            pin,
            attempt,
            ..
        } => Event::Applying {
            step,
            pass,
            pin,
            attempt,
        },
        Action::Verify {
            step,
            pass,
            attempt,
            ..
        } => Event::Verifying {
            step,
            pass,
            attempt,
        },
        Action::Undo { step, attempt, .. } => Event::Undoing { step, attempt },
        other => Event::Note {
            text: format!("not a call: {other:?}"),
        },
    }
}

/// How long to wait before a call, in milliseconds.
pub fn pause(action: &Action) -> u64 {
    match action {
        Action::Plan { after_ms, .. }
        | Action::Replan { after_ms, .. }
        | Action::Apply { after_ms, .. }
        | Action::Verify { after_ms, .. }
        | Action::Undo { after_ms, .. } => *after_ms,
        _ => 0,
    }
}

/// The event that ends a call.
pub fn result(action: &Action, name: &str, pass: Pass, answer: CallResult) -> Event {
    let step = name.to_owned();
    match (answer, action) {
        (CallResult::Proposal(proposal), Action::Plan { .. }) => Event::Proposed { step, proposal },
        (CallResult::Proposal(proposal), _) => Event::Reproposed { step, proposal },
        (CallResult::Receipt(receipt), Action::Verify { .. }) => Event::Verified {
            step,
            pass,
            receipt,
        },
        (CallResult::Receipt(receipt), _) => Event::Applied {
            step,
            pass,
            receipt,
        },
        (CallResult::Undone, _) => Event::Undone { step },
        (CallResult::Refused(problem), Action::Plan { .. }) => Event::Refused { problem },
        (CallResult::Failed(problem) | CallResult::Refused(problem), _) => Event::Failed {
            step,
            pass,
            problem,
        },
    }
}

type CallAnswer<T> = Result<Result<T, Failure>, CallError>;

pub fn proposal(said: CallAnswer<GuestProposal>) -> CallResult {
    answer(said, |proposal| {
        Ok(CallResult::Proposal(Proposal {
            now: proposal.now,
            next: proposal.next,
            actions: proposal.actions.into_iter().map(act).collect(),
            by_hand: proposal.by_hand.iter().map(|line| sanitize(line)).collect(),
            outputs: outputs(proposal.outputs)?,
        }))
    })
}

pub fn receipt(said: CallAnswer<GuestReceipt>) -> CallResult {
    answer(said, |receipt| {
        Ok(CallResult::Receipt(Receipt {
            summary: sanitize(&receipt.summary),
            pin: receipt.pin,
            outputs: outputs(receipt.outputs)?,
            evidence: evidence(&receipt.evidence)?,
        }))
    })
}

pub fn undone(said: CallAnswer<()>) -> CallResult {
    answer(said, |()| Ok(CallResult::Undone))
}

/// A receipt as its own plugin gets it back.
pub fn receipt_for_guest(receipt: &Receipt) -> GuestReceipt {
    GuestReceipt {
        summary: receipt.summary.clone(),
        pin: receipt.pin.clone(),
        outputs: receipt.outputs.clone(),
        evidence: receipt
            .evidence
            .map_or(String::new(), |e| e.as_str().to_owned()),
    }
}

fn answer<T>(
    said: CallAnswer<T>,
    keep: impl FnOnce(T) -> Result<CallResult, Problem>,
) -> CallResult {
    match said {
        Ok(Ok(value)) => keep(value).unwrap_or_else(CallResult::Failed),
        Ok(Err(Failure::Config(why))) => CallResult::Refused(problem(&why)),
        Ok(Err(Failure::Temporary(why))) => CallResult::Failed(Problem {
            temporary: true,
            ..problem(&why)
        }),
        Ok(Err(Failure::Permanent(why) | Failure::Other(why))) => CallResult::Failed(problem(&why)),
        Err(fault) => CallResult::Failed(Problem::permanent(fault.to_string())),
    }
}

/// The first line is the problem, the others are hints.
fn problem(text: &str) -> Problem {
    let mut lines = text.lines().map(sanitize).filter(|line| !line.is_empty());
    let mut problem =
        Problem::permanent(lines.next().unwrap_or_else(|| "it gave no reason".into()));
    problem.hints = lines.take(20).collect();
    problem
}

fn act((what, why): (String, String)) -> Act {
    Act {
        what: sanitize(&what),
        why: sanitize(&why),
    }
}

fn evidence(word: &str) -> Result<Option<Evidence>, Problem> {
    if word.is_empty() {
        return Ok(None);
    }
    match Evidence::ALL
        .into_iter()
        .find(|evidence| evidence.as_str() == word)
    {
        Some(evidence) => Ok(Some(evidence)),
        None => Err(Problem::permanent(format!(
            "the plugin reported the evidence {:?}, which is none of ours",
            cut(word, 40)
        ))),
    }
}

/// Outputs are JSON, 64 KiB a step.
fn outputs(pairs: Vec<(String, String)>) -> Result<Vec<(String, String)>, Problem> {
    let bytes: usize = pairs
        .iter()
        .map(|(key, value)| key.len() + value.len())
        .sum();
    if bytes > 64 * 1024 {
        return Err(Problem::permanent(format!(
            "the plugin's outputs are {bytes} bytes, 64 KiB are allowed"
        )));
    }
    for (key, value) in &pairs {
        if serde_json::from_str::<serde_json::Value>(value).is_err() {
            return Err(Problem::permanent(format!(
                "the plugin's output {key:?} is no JSON"
            )));
        }
    }
    Ok(pairs)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn receipt_of(receipt: GuestReceipt) -> Result<Receipt, Problem> {
        match receipt_answer(Ok(Ok(receipt))) {
            CallResult::Receipt(receipt) => Ok(receipt),
            CallResult::Failed(problem) => Err(problem),
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
            assert!(!problem.temporary);
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
    fn the_first_line_is_the_problem_and_the_others_are_hints() {
        let CallResult::Failed(problem) = failed(Failure::Permanent(
            "\nno space\n\n  free some\nor\u{1b}more\n".into(),
        )) else {
            panic!()
        };
        assert_eq!(problem.message, "no space");
        assert_eq!(problem.hints, ["  free some", "or more"]);
        let CallResult::Failed(problem) = failed(Failure::Other(String::new())) else {
            panic!()
        };
        assert_eq!(problem.message, "it gave no reason");
        let CallResult::Failed(problem) = failed(Failure::Other("x\n".repeat(1000))) else {
            panic!()
        };
        assert_eq!(problem.hints.len(), 20);
    }

    #[test]
    fn only_a_temporary_failure_is_worth_another_try() {
        for (failure, temporary) in [
            (Failure::Temporary("t".into()), true),
            (Failure::Permanent("p".into()), false),
            (Failure::Other("o".into()), false),
        ] {
            let CallResult::Failed(problem) = failed(failure) else {
                panic!()
            };
            assert_eq!(problem.temporary, temporary, "{}", problem.message);
        }
        let CallResult::Failed(problem) =
            receipt_answer(Err(CallError::Cpu(Duration::from_secs(2))))
        else {
            panic!()
        };
        assert_eq!(problem.message, "it computed for over 2 s and was stopped");
        assert!(!problem.temporary);
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
        let refused = || failed(Failure::Config("no such ref".into()));
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
            assert_eq!(intent(&action).kind().as_str(), word);
            assert_eq!(pause(&action), 5);
        }
        assert_eq!(pause(&Action::Start), 0);
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
}
