//! Between the engine's words and the plugins': calls to events, answers to events.
//!
//! What a plugin returns is untrusted: evidence must be a word of ours, and text for people loses
//! its control characters here.

use deployhost_engine::{Act, Action, Event, Evidence, Pass, Proposal, Receipt};

use deployhost_policy::Diagnostic;
use deployhost_policy::text::cut;
pub use deployhost_policy::text::sanitize;
use deployhost_runtime::capability::run;
use deployhost_runtime::sandbox::{CallAnswer, Failure, GuestProposal, GuestReceipt};

/// What came of a call.
pub enum CallResult {
    Proposal(Proposal),
    Receipt(Receipt),
    Undone,
    Failed {
        problem: Diagnostic,
        /// Worth another try.
        temporary: bool,
    },
    /// The plan asks for something that cannot be.
    Refused(Diagnostic),
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
        (CallResult::Failed { problem, temporary }, _) => Event::Failed {
            step,
            pass,
            problem,
            temporary,
        },
        (CallResult::Refused(problem), _) => Event::Failed {
            step,
            pass,
            problem,
            temporary: false,
        },
    }
}

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
    keep: impl FnOnce(T) -> Result<CallResult, Diagnostic>,
) -> CallResult {
    match said {
        Ok(Ok(value)) => keep(value).unwrap_or_else(CallResult::failed),
        Ok(Err(Failure::Config(why))) => CallResult::Refused(problem(why)),
        Ok(Err(Failure::Temporary(why))) => CallResult::Failed {
            problem: problem(why),
            temporary: true,
        },
        Ok(Err(Failure::Permanent(why) | Failure::Unavailable(why) | Failure::Other(why))) => {
            CallResult::failed(problem(why))
        }
        Err(error) => CallResult::failed(error.into()),
    }
}

impl CallResult {
    /// Lowers what a receipt claims to what the host itself saw; and what it claimed, where that
    /// was more.
    pub fn capped(mut self, seen: Option<Evidence>) -> (Self, Option<Evidence>) {
        let mut more = None;
        if let Self::Receipt(receipt) = &mut self {
            let seen = seen.unwrap_or(Evidence::Applied);
            more = receipt.evidence.filter(|claimed| *claimed > seen);
            receipt.evidence = receipt.evidence.map(|claimed| claimed.min(seen));
        }
        (self, more)
    }

    /// A failure that another try would not change.
    pub fn failed(problem: Diagnostic) -> Self {
        Self::Failed {
            problem,
            temporary: false,
        }
    }
}

/// Most lines of a plugin's problem that are kept below the first.
const NOTES: usize = 20;

/// A plugin's own words for what went wrong.
fn problem(guest: run::Diagnostic) -> Diagnostic {
    let mut problem = Diagnostic::from(guest);
    if problem.message.is_empty() {
        problem.message = "it gave no reason".to_owned();
    }
    problem.notes.retain(|note| !note.is_empty());
    problem.notes.truncate(NOTES);
    problem
}

fn act((what, why): (String, String)) -> Act {
    Act {
        what: sanitize(&what),
        why: sanitize(&why),
    }
}

fn evidence(word: &str) -> Result<Option<Evidence>, Diagnostic> {
    if word.is_empty() {
        return Ok(None);
    }
    match Evidence::ALL
        .into_iter()
        .find(|evidence| evidence.as_str() == word)
    {
        Some(evidence) => Ok(Some(evidence)),
        None => {
            let word = cut(word, 40);
            let message =
                format!("the plugin reported the evidence {word:?}, which is none of ours");
            Err(Diagnostic::new("plugin.evidence", message))
        }
    }
}

/// Outputs are JSON, 64 KiB a step.
fn outputs(pairs: Vec<(String, String)>) -> Result<Vec<(String, String)>, Diagnostic> {
    let bytes: usize = pairs
        .iter()
        .map(|(key, value)| key.len() + value.len())
        .sum();
    if bytes > 64 * 1024 {
        let message = format!("the plugin's outputs are {bytes} bytes, 64 KiB are allowed");
        return Err(Diagnostic::new("plugin.outputs-too-large", message));
    }
    for (key, value) in &pairs {
        if serde_json::from_str::<serde_json::Value>(value).is_err() {
            let message = format!("the plugin's output {key:?} is no JSON");
            return Err(Diagnostic::new("plugin.output-not-json", message));
        }
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests;
