//! The way back: undo what has no pin to return to, then carry out the release before.

use super::next::end;
use super::schedule::{self, ScheduledCall};
use super::{Failure, Run};
use crate::release::find;
use deployhost_policy::Diagnostic;

use crate::{Action, Evidence, Outcome, Pass, Receipt, Recovery, Release, Role, Step};

/// What has been recorded of the way back. A stop does not stop it: half a rollback helps nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rollback {
    /// Where it leads. Its pins are only ever applied with its own steps.
    pub release: Release,
    /// Why it was begun.
    pub cause: Diagnostic,
    /// The failed call behind the cause, where it was one.
    pub failure: Option<Failure>,
    /// A changing effect has begun on the way back.
    pub changed: bool,
    pub undone: Vec<String>,
    pub receipts: Vec<(String, Receipt)>,
}

impl Rollback {
    pub fn schedule(&self) -> Vec<ScheduledCall<'_>> {
        schedule::of_release(&self.release)
    }

    pub fn evidence(&self) -> Option<Evidence> {
        schedule::evidence(&self.schedule(), &self.receipts)
    }
}

impl Run {
    /// The next call of the way back, or how it ended.
    pub(super) fn next_backward(&self) -> Action {
        let Some(back) = &self.back else {
            return Action::Nothing;
        };
        match self.pending() {
            Some(Ok(call)) => return call,
            Some(Err(problem)) => return end(Outcome::NeedsOperator, self.lost(back, &problem)),
            None => {}
        }
        let (attempt, after_ms) = (1, 0);
        if let Some(step) = self
            .to_undo(back)
            .find(|step| !back.undone.contains(&step.name))
        {
            return Action::Undo {
                step: step.name.clone(),
                receipt: find(&self.receipts, &step.name).cloned(),
                attempt,
                after_ms,
            };
        }
        let schedule = back.schedule();
        let mut left = schedule.iter();
        if let Some(scheduled) =
            left.find(|scheduled| find(&back.receipts, &scheduled.step.name).is_none())
        {
            let (step, pass) = (scheduled.step.name.clone(), Pass::Back);
            return match scheduled.verify {
                true => Action::Verify {
                    step,
                    pass,
                    attempt,
                    after_ms,
                },
                false => Action::Apply {
                    step,
                    pass,
                    pin: scheduled.pin.map(String::from),
                    attempt,
                    after_ms,
                },
            };
        }
        if let Some(step) = self.irrecoverable() {
            let what = format!("what `{}` may have changed cannot be taken back", step.name);
            return end(
                Outcome::NeedsOperator,
                back.cause
                    .clone()
                    .note(what)
                    .note(format!("all else is back at release `{}`", back.release.id)),
            );
        }
        Action::End {
            outcome: Outcome::RolledBack,
            // Where nothing had been in place, all that was done is undoing, which nobody probed.
            evidence: back.evidence().max(Some(Evidence::Applied)),
            problem: Some(back.cause.clone()),
        }
    }

    /// The change steps that may have changed something in the forward pass, last first: those that
    /// had begun, or all where an interrupted run may have begun any. Of these, the ones that no
    /// pin of the release brings back.
    fn to_undo<'a>(&'a self, back: &'a Rollback) -> impl Iterator<Item = &'a Step> {
        let steps = self.spec.forward_steps().iter().rev();
        steps.filter(|step| {
            let begun = self.spec.unsettled || self.begun.contains(&step.name);
            let undoes = match step.recovery {
                Recovery::Undo => true,
                Recovery::Pin => back.release.pin(&step.name).is_none(),
                Recovery::None => false,
            };
            step.role == Role::Change && begun && undoes
        })
    }

    /// A change step without recovery that has, or may have, changed something.
    fn irrecoverable(&self) -> Option<&Step> {
        let mut steps = self.spec.forward_steps().iter();
        steps.find(|step| {
            step.role == Role::Change
                && step.recovery == Recovery::None
                && (self.spec.unsettled || self.changed.contains(&step.name))
        })
    }

    /// The way back failed too: both problems, the first one first.
    fn lost(&self, back: &Rollback, problem: &Diagnostic) -> Diagnostic {
        let step = self.failure.as_ref().map_or("", |failure| &failure.step);
        let message = format!(
            "{}; then the way back to release `{}` failed at `{step}`: {}",
            back.cause, back.release.id, problem
        );
        let mut lost = Diagnostic::new("rollback.failed", message)
            .parameter("release", back.release.id.as_str())
            .parameter("step", step);
        lost.notes = [&problem.notes[..], &back.cause.notes].concat();
        lost
    }
}
