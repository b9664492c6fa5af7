//! Between the engine's words and the plugins': calls to events, answers to events.
//!
//! What a plugin returns is untrusted: evidence must be a word of ours, and text for people loses
//! its control characters here.

use deployhost_engine::{Act, Action, Event, Evidence, Pass, Problem, Proposal, Receipt};

use crate::sandbox::{Failure, Fault, GuestProposal, GuestReceipt};

/// What came of a call.
pub enum Answer {
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
pub fn result(action: &Action, name: &str, pass: Pass, answer: Answer) -> Event {
    let step = name.to_owned();
    match (answer, action) {
        (Answer::Proposal(proposal), Action::Plan { .. }) => Event::Proposed { step, proposal },
        (Answer::Proposal(proposal), _) => Event::Reproposed { step, proposal },
        (Answer::Receipt(receipt), Action::Verify { .. }) => Event::Verified {
            step,
            pass,
            receipt,
        },
        (Answer::Receipt(receipt), _) => Event::Applied {
            step,
            pass,
            receipt,
        },
        (Answer::Undone, _) => Event::Undone { step },
        (Answer::Refused(problem), Action::Plan { .. }) => Event::Refused { problem },
        (Answer::Failed(problem) | Answer::Refused(problem), _) => Event::Failed {
            step,
            pass,
            problem,
        },
    }
}

type Said<T> = Result<Result<T, Failure>, Fault>;

pub fn proposal(said: Said<GuestProposal>) -> Answer {
    answer(said, |proposal| {
        Ok(Answer::Proposal(Proposal {
            now: proposal.now,
            next: proposal.next,
            actions: proposal.actions.into_iter().map(act).collect(),
            by_hand: proposal.by_hand.iter().map(|line| plain(line)).collect(),
            outputs: outputs(proposal.outputs)?,
        }))
    })
}

pub fn receipt(said: Said<GuestReceipt>) -> Answer {
    answer(said, |receipt| {
        Ok(Answer::Receipt(Receipt {
            summary: plain(&receipt.summary),
            pin: receipt.pin,
            outputs: outputs(receipt.outputs)?,
            evidence: evidence(&receipt.evidence)?,
        }))
    })
}

pub fn undone(said: Said<()>) -> Answer {
    answer(said, |()| Ok(Answer::Undone))
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

fn answer<T>(said: Said<T>, keep: impl FnOnce(T) -> Result<Answer, Problem>) -> Answer {
    match said {
        Ok(Ok(value)) => keep(value).unwrap_or_else(Answer::Failed),
        Ok(Err(Failure::Config(why))) => Answer::Refused(problem(&why)),
        Ok(Err(Failure::Temporary(why))) => Answer::Failed(Problem {
            temporary: true,
            ..problem(&why)
        }),
        Ok(Err(Failure::Permanent(why) | Failure::Other(why))) => Answer::Failed(problem(&why)),
        Err(fault) => Answer::Failed(Problem::permanent(fault.to_string())),
    }
}

/// The first line is the problem, the others are hints.
fn problem(text: &str) -> Problem {
    let mut lines = text.lines().map(plain).filter(|line| !line.is_empty());
    let mut problem =
        Problem::permanent(lines.next().unwrap_or_else(|| "it gave no reason".into()));
    problem.hints = lines.take(20).collect();
    problem
}

fn act((what, why): (String, String)) -> Act {
    Act {
        what: plain(&what),
        why: plain(&why),
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
            "the plugin reported the evidence {word:?}, which is none of ours"
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

/// One line without control characters and without what turns text around.
pub fn plain(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
    };
    text.chars()
        .map(|c| if hidden(c) { ' ' } else { c })
        .collect()
}
