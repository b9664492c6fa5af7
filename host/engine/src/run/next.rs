//! What comes next: pure, and the same for a living run and a replayed one.

use deployhost_policy::Diagnostic;

use super::schedule::{self, ScheduledCall};
use super::{Failure, Run};
use crate::release::find;
use crate::{Action, Goal, Outcome, Pass, Receipt, Release, Role, Status};

impl Run {
    /// What the host is to do next.
    ///
    /// While a call is under way, it is that call: the host has no reason to ask then, and recovery
    /// makes the call again. Only where the run was being stopped is it given up instead.
    pub fn next(&self) -> Action {
        match self.status {
            Status::New | Status::Ended => Action::Nothing,
            Status::Closing => match &self.closing {
                Some((outcome, problem)) => end(*outcome, problem.clone()),
                None => Action::Nothing,
            },
            Status::Opened | Status::Planning | Status::Confirmed => self
                .prepare()
                .unwrap_or_else(|problem| end(Outcome::Failed, self.note_unsettled(problem))),
            Status::Forward | Status::Replanning | Status::Applying | Status::Verifying => self
                .next_forward()
                .unwrap_or_else(|problem| self.give_up(problem)),
            Status::Backward | Status::Undoing | Status::Reapplying | Status::Reverifying => {
                self.next_backward()
            }
        }
    }

    /// Before `started`: plan everything, then ask. Nothing has changed, so an error ends the run
    /// as failed, without a way back, and even where an earlier run left the target unsettled:
    /// nobody has agreed to any change yet.
    fn prepare(&self) -> Result<Action, Diagnostic> {
        if let Some(call) = self.pending() {
            return call;
        }
        if let Some(scheduled) = self.unplanned() {
            return self
                .unless_stopped(&scheduled.step.name)
                .map(|()| Action::Plan {
                    step: scheduled.step.name.clone(),
                    attempt: 1,
                    after_ms: 0,
                });
        }
        if let Some(empty) = self
            .carried()
            .filter(|to| schedule::of_release(to).is_empty())
        {
            let message = format!("release `{}` has no pins", empty.id);
            let problem = Diagnostic::new("release.empty", message);
            return Ok(end(Outcome::Refused, problem));
        }
        if self.spec.dry_run {
            return Ok(Action::End {
                outcome: Outcome::Planned,
                evidence: None,
                problem: None,
            });
        }
        if self.confirmable() {
            return Ok(match self.signal {
                Some(signal) => end(Outcome::Cancelled, stopped(signal, "at the confirmation")),
                None => Action::Confirm,
            });
        }
        match self.signal {
            Some(signal) => Err(stopped(signal, "before anything was applied")),
            None => Ok(Action::Start),
        }
    }

    /// Everything is planned, and a confirmation is needed and not there yet.
    pub(super) fn confirmable(&self) -> bool {
        self.status == Status::Opened
            && self.spec.confirm
            && !self.spec.dry_run
            && self.unplanned().is_none()
    }

    /// The next call of the forward pass, or how it ends well; the problem for which it does not.
    pub(super) fn next_forward(&self) -> Result<Action, Diagnostic> {
        if let Some(call) = self.pending() {
            return call;
        }
        let schedule = self.schedule();
        let mut left = schedule.iter();
        if let Some(scheduled) =
            left.find(|scheduled| find(&self.receipts, &scheduled.step.name).is_none())
        {
            self.unless_stopped(&scheduled.step.name)?;
            return Ok(self.call(scheduled));
        }
        let evidence = schedule::evidence(&schedule, &self.receipts);
        if let Some(require) = self.spec.require.filter(|_| evidence < self.spec.require) {
            let seen = evidence.map_or("nothing", |evidence| evidence.as_str());
            let message = format!("the plan requires `{require}`, and what was seen is `{seen}`");
            return Err(Diagnostic::new("evidence.too-weak", message)
                .parameter("required", require.as_str())
                .parameter("seen", seen));
        }
        Ok(Action::End {
            outcome: match self.settles() {
                true => Outcome::Succeeded,
                false => Outcome::Unchanged,
            },
            evidence,
            problem: None,
        })
    }

    fn call(&self, scheduled: &ScheduledCall<'_>) -> Action {
        let step = scheduled.step.name.clone();
        let (pass, attempt, after_ms) = (Pass::Forward, 1, 0);
        if scheduled.verify {
            return Action::Verify {
                step,
                pass,
                attempt,
                after_ms,
            };
        }
        let pin = scheduled.pin.map(String::from).or_else(|| self.pin(&step));
        let planned = scheduled.pin.is_some()
            || find(&self.reproposals, &step).is_some()
            || self.is_as_planned();
        match planned {
            true => Action::Apply {
                step,
                pass,
                pin,
                attempt,
                after_ms,
            },
            false => Action::Replan {
                step,
                pin,
                attempt,
                after_ms,
            },
        }
    }

    /// Is everything still as it was when the steps were planned? Nobody was waited for, nothing was
    /// changed, and the steps before have told nothing but what they proposed.
    fn is_as_planned(&self) -> bool {
        let told = |(step, receipt): &(String, Receipt)| {
            let proposed = find(&self.proposals, step).map(|it| &it.outputs[..]);
            let proposed = proposed.unwrap_or_default();
            receipt.outputs.iter().all(|it| proposed.contains(it))
        };
        !self.spec.confirm && self.changed.is_empty() && self.receipts.iter().all(told)
    }

    /// The forward pass cannot go on.
    fn give_up(&self, problem: Diagnostic) -> Action {
        if !self.settles() {
            return end(Outcome::Failed, problem);
        }
        if !self.spec.automatic {
            return end(
                Outcome::NeedsOperator,
                problem
                    .note("nothing was rolled back: the plan says not to (`rollback.automatic`)"),
            );
        }
        match self.way_back() {
            Some(release) => Action::RollBack {
                to: release.id,
                because: problem,
            },
            None => end(
                Outcome::NeedsOperator,
                problem.note("nothing was rolled back: there is no release to go back to"),
            ),
        }
    }

    /// The call under way, or the one that failed and is to be tried again; the problem where it is
    /// not to be; `None` between calls. Stopping ends the forward pass only.
    pub(super) fn pending(&self) -> Option<Result<Action, Diagnostic>> {
        let call = self.call.as_ref()?;
        let signal = self.signal.filter(|_| self.back.is_none());
        if self.status.in_flight() {
            return Some(match (signal, call.step()) {
                (Some(signal), Some(step)) => Err(stopped(
                    signal,
                    &format!("during `{step}`, which gave no result"),
                )),
                _ => Ok(call.clone()),
            });
        }
        let Failure {
            problem, temporary, ..
        } = self.failure.as_ref()?;
        let retry = *temporary && signal.is_none() && call.attempt() <= self.spec.retries;
        Some(match retry {
            true => Ok(call.again()),
            false => Err(problem.clone()),
        })
    }

    /// No step begins once the run is being stopped.
    fn unless_stopped(&self, step: &str) -> Result<(), Diagnostic> {
        match self.signal {
            Some(signal) => Err(stopped(signal, &format!("before `{step}`"))),
            None => Ok(()),
        }
    }

    /// Something has changed that this run answers for: its own doing, or what an interrupted run
    /// left behind.
    fn settles(&self) -> bool {
        self.began_change() || self.spec.unsettled
    }

    fn note_unsettled(&self, problem: Diagnostic) -> Diagnostic {
        match self.spec.unsettled {
            true => problem.note("what an earlier, interrupted run changed is still unsettled"),
            false => problem,
        }
    }

    /// The calls of the forward pass.
    pub(super) fn schedule(&self) -> Vec<ScheduledCall<'_>> {
        match self.carried() {
            Some(release) => schedule::of_release(release),
            None => schedule::of_plan(&self.spec.steps),
        }
    }

    /// The release that the forward pass carries out, where it is not a plan.
    pub(super) fn carried(&self) -> Option<&Release> {
        match self.spec.goal {
            Goal::Deploy => None,
            Goal::Release => self.spec.to.as_ref(),
        }
    }

    /// What a deployment found in place, where that is worth going back to.
    pub(super) fn found(&self) -> Option<Release> {
        (self.spec.goal == Goal::Deploy && !self.spec.unsettled).then(|| Release::found(self))
    }

    /// Verify steps are not planned, and a release is not either.
    fn unplanned(&self) -> Option<ScheduledCall<'_>> {
        let mut calls = self.schedule().into_iter();
        calls.find(|scheduled| {
            scheduled.step.role != Role::Verify
                && scheduled.pin.is_none()
                && find(&self.proposals, &scheduled.step.name).is_none()
        })
    }
}

fn stopped(signal: i32, when: &str) -> Diagnostic {
    Diagnostic::new("run.stopped", format!("stopped by signal {signal} {when}"))
        .parameter("signal", signal.to_string())
}

/// An end that claims no evidence.
pub(super) fn end(outcome: Outcome, problem: Diagnostic) -> Action {
    Action::End {
        outcome,
        evidence: None,
        problem: Some(problem),
    }
}
