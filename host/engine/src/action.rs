//! What the host is to do next, and which events may answer it.

use deployhost_policy::Diagnostic;

use crate::{Event, Evidence, Outcome, Pass, Receipt};

/// What comes next. The host does it, journals what happened, and records that.
///
/// A call to a plugin is an intent event, then a result event or [`Event::Failed`]. `attempt`
/// counts from 1; `after_ms` is how long to wait first, in milliseconds. After recording
/// [`Event::Stopping`] between calls the host asks again: what it was told before no longer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Call `plan`: `planning`, then `proposed`.
    Plan {
        step: String,
        attempt: u32,
        after_ms: u64,
    },
    /// Ask for the confirmation: `confirmed` or `declined`.
    Confirm,
    /// `started`, which can name everything that was proposed.
    Start,
    /// Call `plan` again just before `apply`, with the pin that the first one resolved: `planning`,
    /// then `reproposed`. Only where something may be otherwise since: somebody was asked, something
    /// was changed, or a step before told what it had not proposed.
    Replan {
        step: String,
        pin: Option<String>,
        attempt: u32,
        after_ms: u64,
    },
    /// Call `apply`: `applying`, any number of `effect`, then `applied`.
    Apply {
        step: String,
        pass: Pass,
        pin: Option<String>,
        attempt: u32,
        after_ms: u64,
    },
    /// Call `apply` of a verify step: `verifying`, then `verified`.
    Verify {
        step: String,
        pass: Pass,
        attempt: u32,
        after_ms: u64,
    },
    /// Begin the way back: `rolling-back`.
    RollBack { to: String, because: Diagnostic },
    /// Call `undo`: `undoing`, any number of `effect`, then `undone`. The receipt is that of the
    /// forward pass; none if the step did not get that far.
    Undo {
        step: String,
        receipt: Option<Receipt>,
        attempt: u32,
        after_ms: u64,
    },
    /// `ended`, with exactly this outcome and evidence.
    End {
        outcome: Outcome,
        evidence: Option<Evidence>,
        problem: Option<Diagnostic>,
    },
    /// The run has ended.
    Nothing,
}

/// How long to wait before the second attempt, and before every later one, in milliseconds.
const PAUSES: [u64; 2] = [1000, 5000];

impl Action {
    /// The step of a call; `None` where it is not a call.
    pub fn step(&self) -> Option<&str> {
        match self {
            Action::Plan { step, .. }
            | Action::Replan { step, .. }
            | Action::Apply { step, .. }
            | Action::Verify { step, .. }
            | Action::Undo { step, .. } => Some(step),
            _ => None,
        }
    }

    /// The direction of a call; `None` where it is not a call.
    pub fn pass(&self) -> Option<Pass> {
        match self {
            Action::Plan { .. } | Action::Replan { .. } => Some(Pass::Forward),
            Action::Apply { pass, .. } | Action::Verify { pass, .. } => Some(*pass),
            Action::Undo { .. } => Some(Pass::Undo),
            _ => None,
        }
    }

    /// Which attempt of a call this is, from 1; 0 where it is not a call.
    pub fn attempt(&self) -> u32 {
        self.clone().timing().map_or(0, |(attempt, _)| *attempt)
    }

    /// The same call, tried once more after a pause.
    pub(crate) fn again(&self) -> Action {
        let mut action = self.clone();
        if let Some((attempt, after_ms)) = action.timing() {
            *after_ms = PAUSES[usize::from(*attempt > 1)];
            *attempt = attempt.saturating_add(1);
        }
        action
    }

    /// The same call, now: its pause is over.
    pub(crate) fn at_once(&self) -> Action {
        let mut action = self.clone();
        if let Some((_, after_ms)) = action.timing() {
            *after_ms = 0;
        }
        action
    }

    /// How long to wait before the call, in milliseconds.
    pub fn pause_ms(&self) -> u64 {
        self.clone().timing().map_or(0, |(_, after_ms)| *after_ms)
    }

    /// The event that the action is; of a call, the one that announces it. `None` where somebody's
    /// answer is the event, or there is nothing to do.
    pub fn event(&self) -> Option<Event> {
        Some(match self.clone() {
            Action::Nothing | Action::Confirm => return None,
            Action::Start => Event::Started,
            Action::RollBack { to, because } => Event::RollingBack { to, because },
            Action::End {
                outcome,
                evidence,
                problem,
            } => Event::Ended {
                outcome,
                evidence,
                problem,
            },
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
        })
    }

    fn timing(&mut self) -> Option<(&mut u32, &mut u64)> {
        match self {
            Action::Plan {
                attempt, after_ms, ..
            }
            | Action::Replan {
                attempt, after_ms, ..
            }
            | Action::Apply {
                attempt, after_ms, ..
            }
            | Action::Verify {
                attempt, after_ms, ..
            }
            | Action::Undo {
                attempt, after_ms, ..
            } => Some((attempt, after_ms)),
            _ => None,
        }
    }

    /// Whether the event announces this very action, or, where nothing is announced, is its doing.
    /// How a problem is told is the host's.
    pub(crate) fn announced_by(&self, event: &Event) -> bool {
        match (self.event(), event) {
            (Some(Event::RollingBack { to: own, .. }), Event::RollingBack { to, .. }) => own == *to,
            (
                Some(Event::Ended {
                    outcome: own,
                    evidence: seen,
                    ..
                }),
                Event::Ended {
                    outcome, evidence, ..
                },
            ) => (own, seen) == (*outcome, *evidence),
            (own, event) => own.as_ref() == Some(event),
        }
    }

    /// Whether the event is about this call, while it is under way or as its result. Which kinds
    /// may be is the table's to say.
    pub(crate) fn concerned_by(&self, event: &Event) -> bool {
        match event {
            Event::Effect { step, .. }
            | Event::Proposed { step, .. }
            | Event::Reproposed { step, .. }
            | Event::Undone { step } => self.step() == Some(step),
            Event::Applied { step, pass, .. }
            | Event::Verified { step, pass, .. }
            | Event::Failed { step, pass, .. } => {
                self.step() == Some(step) && self.pass() == Some(*pass)
            }
            _ => false,
        }
    }
}
