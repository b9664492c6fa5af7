//! Recording an event: checked against the table, then against what was asked for, then kept.

use deployhost_policy::Diagnostic;

use super::{Failure, Rollback, Run, RunEnd};
use crate::release::find;
use crate::{Event, Goal, Illegal, Outcome, Pass, RunSpec, Step, find_drift};

impl Run {
    /// Takes in what happened. The run is unchanged where the event is illegal.
    pub fn record(&mut self, event: &Event) -> Result<(), Illegal> {
        let illegal = |why: String| Illegal {
            status: self.status,
            event: event.kind(),
            why,
        };
        let next = self.status.after(event.kind());
        let status = next.ok_or_else(|| illegal("it may not happen then".into()))?;
        self.check(event).map_err(illegal)?;
        self.keep(event);
        self.status = status;
        Ok(())
    }

    /// What the table cannot say: it must be the right step, pin, attempt and outcome.
    fn check(&self, event: &Event) -> Result<(), String> {
        let asked = match event {
            Event::Refused { .. }
            | Event::Stopping { .. }
            | Event::Log { .. }
            | Event::Progress { .. }
            | Event::Notified { .. }
            | Event::Note { .. } => return Ok(()),
            Event::Ended {
                outcome: Outcome::Interrupted,
                ..
            } => return Ok(()),
            // A question that is being asked while the run is stopped is answered all the same.
            Event::Confirmed { .. } | Event::Declined { .. } => {
                return match self.confirmable() {
                    true => Ok(()),
                    false => Err("no confirmation was asked for".into()),
                };
            }
            Event::Effect { .. }
            | Event::Proposed { .. }
            | Event::Reproposed { .. }
            | Event::Applied { .. }
            | Event::Verified { .. }
            | Event::Undone { .. }
            | Event::Failed { .. } => {
                let call = self.call.as_ref();
                return match call.is_some_and(|call| call.concerned_by(event)) {
                    true => Ok(()),
                    false => Err(format!("the call under way is {call:?}")),
                };
            }
            _ => self.next(),
        };
        match asked.announced_by(event) {
            true => Ok(()),
            false => Err(format!("what comes next is {asked:?}")),
        }
    }

    fn keep(&mut self, event: &Event) {
        match event {
            Event::Planning { .. } | Event::Verifying { .. } | Event::Undoing { .. } => {
                self.announce();
            }
            Event::Applying { step, pass, .. } => {
                self.announce();
                if *pass == Pass::Forward && !self.begun.contains(step) {
                    self.begun.push(step.clone());
                }
            }
            Event::Effect { step, .. } => match &mut self.back {
                Some(back) => back.changed = true,
                None if self.changed.contains(step) => {}
                None => self.changed.push(step.clone()),
            },
            Event::Proposed { step, proposal } => {
                self.call = None;
                self.proposals.push((step.clone(), proposal.clone()));
            }
            Event::Reproposed { step, proposal } => {
                self.reproposals.push((step.clone(), proposal.clone()));
                self.failure = self.check_drift(step);
                if self.failure.is_none() {
                    self.call = None;
                }
            }
            Event::Applied { step, receipt, .. } | Event::Verified { step, receipt, .. } => {
                self.call = None;
                let receipts = match &mut self.back {
                    Some(back) => &mut back.receipts,
                    None => &mut self.receipts,
                };
                receipts.push((step.clone(), receipt.clone()));
            }
            Event::Undone { step } => {
                self.call = None;
                if let Some(back) = &mut self.back {
                    back.undone.push(step.clone());
                }
            }
            Event::Failed {
                step,
                pass,
                problem,
                temporary,
            } => {
                self.failure = Some(Failure {
                    step: step.clone(),
                    pass: *pass,
                    problem: problem.clone(),
                    temporary: *temporary,
                });
            }
            Event::Refused { problem } => {
                self.closing = Some((Outcome::Refused, problem.clone()));
            }
            Event::Declined { reason } => {
                self.closing = Some((Outcome::Cancelled, reason.clone()));
            }
            Event::RollingBack { because, .. } => self.begin_rollback(because),
            Event::Stopping { signal } => self.signal = self.signal.or(Some(*signal)),
            Event::Ended {
                outcome, evidence, ..
            } => {
                self.end = Some(RunEnd {
                    outcome: *outcome,
                    evidence: *evidence,
                });
            }
            Event::Opened(_)
            | Event::Confirmed { .. }
            | Event::Started
            | Event::Log { .. }
            | Event::Progress { .. }
            | Event::Notified { .. }
            | Event::Note { .. } => {}
        }
    }

    fn announce(&mut self) {
        self.call = Some(self.next().at_once());
        self.failure = None;
    }

    /// What was confirmed is what may happen: anything more fails the step before its `apply`.
    fn check_drift(&self, step: &str) -> Option<Failure> {
        if !self.spec.confirm {
            return None;
        }
        let shown = find(&self.proposals, step)?;
        let now = find(&self.reproposals, step)?;
        let more = find_drift(&shown.actions, &now.actions);
        let whats: Vec<_> = more.iter().map(|act| format!("`{}`", act.what)).collect();
        (!whats.is_empty()).then(|| Failure {
            step: step.into(),
            pass: Pass::Forward,
            problem: Diagnostic::new(
                "step.not-shown",
                format!(
                    "`{step}` would now do what was not shown: {}",
                    whats.join(", ")
                ),
            )
            .note("run it again to see and confirm what it would do now"),
            temporary: false,
        })
    }

    fn begin_rollback(&mut self, because: &Diagnostic) {
        let cause = self.next_forward().err();
        let Some(release) = self.way_back() else {
            return; // `next` asked for it, so there is one.
        };
        self.call = None;
        self.back = Some(Rollback {
            release,
            cause: cause.unwrap_or_else(|| because.clone()),
            failure: self.failure.take(),
            changed: false,
            undone: Vec::new(),
            receipts: Vec::new(),
        });
    }
}

/// Names are how events say which step they are about, so they must be unique within a plan.
pub(super) fn check_spec(spec: &RunSpec) -> Result<(), String> {
    let releases = spec.release.iter().chain(&spec.to);
    for steps in releases.map(|release| &release.steps).chain([&spec.steps]) {
        if let Some(name) = repeated(steps) {
            return Err(format!("two steps are named `{name}`"));
        }
    }
    match (spec.goal, &spec.to) {
        (Goal::Release, None) => Err("it does not say which release to carry out".into()),
        (Goal::Deploy, Some(_)) => Err("a deployment does not carry out a release".into()),
        (Goal::Release, Some(_)) | (Goal::Deploy, None) => Ok(()),
    }
}

fn repeated(steps: &[Step]) -> Option<&str> {
    let names: Vec<_> = steps.iter().map(|step| step.name.as_str()).collect();
    let repeats = |at: &usize| names[..*at].contains(&names[*at]);
    (0..names.len()).find(repeats).map(|at| names[at])
}
