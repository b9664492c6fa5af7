//! One run: what has been recorded of it. What comes next is in [`next`](Run::next).

mod next;
mod outputs;
mod record;
mod rollback;
mod schedule;

use deployhost_policy::Diagnostic;

use self::rollback::Rollback;
use crate::release::find;
use crate::{
    Action, Event, EventKind, Evidence, Illegal, Outcome, Pass, Proposal, Receipt, Release,
    RunSpec, Status,
};

/// A run, from its opening to its end. Built from events alone, so a replayed run is the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    spec: RunSpec,
    status: Status,
    /// The call that was announced last, while it is under way and after it failed.
    call: Option<Action>,
    /// Why the last call failed, until it is announced again.
    failure: Option<Failure>,
    /// What each step proposed first: what is shown, and where its pin comes from.
    proposals: Vec<(String, Proposal)>,
    /// What each step proposed just before its `apply`.
    reproposals: Vec<(String, Proposal)>,
    /// Steps whose forward `apply` was announced.
    begun: Vec<String>,
    /// Steps that began a changing effect in the forward pass.
    changed: Vec<String>,
    receipts: Vec<(String, Receipt)>,
    /// The way back, once it has begun.
    back: Option<Rollback>,
    /// Refused or declined: how it ends, and why.
    closing: Option<(Outcome, Diagnostic)>,
    signal: Option<i32>,
    end: Option<RunEnd>,
}

/// A call that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub step: String,
    pub pass: Pass,
    pub problem: Diagnostic,
    /// Worth trying again after a pause.
    pub temporary: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct RunEnd {
    outcome: Outcome,
    evidence: Option<Evidence>,
}

impl Run {
    /// A run that has just been opened. Only [`Event::Opened`] opens one.
    pub fn open(event: &Event) -> Result<Run, Illegal> {
        let illegal = |why: &str| Illegal {
            status: Status::New,
            event: event.kind(),
            why: why.into(),
        };
        let status = Status::New.after(event.kind());
        let (Event::Opened(spec), Some(status)) = (event, status) else {
            return Err(illegal("a run begins with `opened`"));
        };
        record::check_spec(spec).map_err(|why| illegal(&why))?;
        Ok(Run {
            spec: (**spec).clone(),
            status,
            call: None,
            failure: None,
            proposals: Vec::new(),
            reproposals: Vec::new(),
            begun: Vec::new(),
            changed: Vec::new(),
            receipts: Vec::new(),
            back: None,
            closing: None,
            signal: None,
            end: None,
        })
    }

    /// The run that these events are the journal of, complete or cut off anywhere.
    pub fn replay<'a>(events: impl IntoIterator<Item = &'a Event>) -> Result<Run, Illegal> {
        let mut events = events.into_iter();
        let Some(opened) = events.next() else {
            return Err(Illegal {
                status: Status::New,
                event: EventKind::Opened,
                why: "the journal is empty".into(),
            });
        };
        let mut run = Run::open(opened)?;
        for event in events {
            run.record(event)?;
        }
        Ok(run)
    }

    /// What it was opened with.
    pub fn spec(&self) -> &RunSpec {
        &self.spec
    }

    /// Where it stands.
    pub fn status(&self) -> Status {
        self.status
    }

    /// A call was announced whose result is not known: in a replayed run, nobody can tell whether
    /// it happened. [`Run::next`] is then the same call again, unless the run was being stopped.
    pub fn ambiguous(&self) -> bool {
        self.status.in_flight()
    }

    /// A changing effect has begun, in whichever direction.
    pub fn began_change(&self) -> bool {
        !self.changed.is_empty() || self.back.as_ref().is_some_and(|back| back.changed)
    }

    /// The signal that is stopping it, or that did.
    pub fn signal(&self) -> Option<i32> {
        self.signal
    }

    /// How it ended.
    pub fn ended(&self) -> Option<Outcome> {
        self.end.as_ref().map(|end| end.outcome)
    }

    /// What each step proposed first, in the order in which they were planned.
    pub fn proposals(&self) -> &[(String, Proposal)] {
        &self.proposals
    }

    /// What each step proposed just before its `apply`.
    pub fn reproposals(&self) -> &[(String, Proposal)] {
        &self.reproposals
    }

    /// What the steps of a pass did so far. Undoing leaves none.
    pub fn receipts(&self, pass: Pass) -> &[(String, Receipt)] {
        match (pass, &self.back) {
            (Pass::Forward, _) => &self.receipts,
            (Pass::Back, Some(back)) => &back.receipts,
            (Pass::Back, None) | (Pass::Undo, _) => &[],
        }
    }

    /// The pin that planning resolved for a step, which its `apply` is given.
    pub fn pin(&self, step: &str) -> Option<String> {
        let next =
            |proposals| find(proposals, step).and_then(|found: &Proposal| found.next.clone());
        next(&self.proposals).or_else(|| next(&self.reproposals))
    }

    /// How sure we are of what the pass under way has brought so far, or of how the run ended.
    pub fn evidence(&self) -> Option<Evidence> {
        match (&self.end, &self.back) {
            (Some(end), _) => end.evidence,
            (None, Some(back)) => back.evidence(),
            (None, None) => schedule::evidence(&self.schedule(), &self.receipts),
        }
    }

    /// The call that failed: what made the run roll back or fail, or is about to be tried again.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.back {
            Some(back) => back.failure.as_ref().or(self.failure.as_ref()),
            None => self.failure.as_ref(),
        }
    }

    /// Why the way back began, where it did.
    pub fn cause(&self) -> Option<&Diagnostic> {
        self.back.as_ref().map(|back| &back.cause)
    }

    /// Where a rollback of this run leads, or would.
    ///
    /// A deployment that was given no release goes back to what it found in place, except where an
    /// earlier run had already changed that.
    pub fn way_back(&self) -> Option<Release> {
        let given = match &self.back {
            Some(back) => Some(&back.release),
            None => self.spec.release.as_ref(),
        };
        given.cloned().or_else(|| self.found())
    }

    /// The release whose plan and plugins the calls of a pass are made with; `None`: the run's own.
    pub fn release_for(&self, pass: Pass) -> Option<&Release> {
        match pass {
            Pass::Forward | Pass::Undo => self.carried(),
            Pass::Back => self.back.as_ref().map(|back| &back.release),
        }
    }

    /// The release that this run made; only one that succeeded makes one.
    pub fn release(&self) -> Option<Release> {
        Release::made_by(self)
    }
}
