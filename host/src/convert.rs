//! Between the engine's words and the plugins': calls to events, answers to events.
//!
//! What a plugin returns is untrusted: evidence must be a word of ours, and text for people loses
//! its control characters here.

use deployhost_engine::{Act, Action, Event, Evidence, Pass, Problem, Proposal, Receipt};

use deployhost_policy::text::cut;
pub use deployhost_policy::text::sanitize;
use deployhost_runtime::sandbox::{CallError, Failure, GuestProposal, GuestReceipt};

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
mod tests;
