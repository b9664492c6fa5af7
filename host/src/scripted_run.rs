//! For tests: runs played to their end, or cut off, by a host that answers as told.

use deployhost_engine::{
    Act, Action, Event, Evidence, Goal, Pass, Proposal, Receipt, Recovery, Release, Role, Run,
    RunSpec, Step,
};
use deployhost_policy::{Code, Diagnostic};

use crate::convert::{self, CallResult};
use crate::history::{History, JournalEntry, JournalRow, RunRecord};

/// How the steps `code`, `app` (both change) and `health` (verify) answer in one run.
#[derive(Clone)]
pub struct Played {
    pub id: &'static str,
    /// What the steps find in place: the version in their pins; empty: nothing.
    pub now: &'static str,
    /// The version that they bring; also the commit.
    pub next: &'static str,
    /// Whether `app` has anything to do.
    pub changes: bool,
    /// Calls that fail: `plan code`, `apply app`, `verify health`, `back app`, `undo app`.
    pub fails: &'static [&'static str],
    /// The call during which the process is killed, once its effect has begun.
    pub dies: Option<&'static str>,
    pub evidence: Option<Evidence>,
    pub release: Option<Release>,
    pub to: Option<Release>,
    pub confirm: bool,
    pub dry_run: bool,
}

impl Played {
    pub fn new(id: &'static str, now: &'static str, next: &'static str) -> Self {
        Self {
            id,
            now,
            next,
            changes: true,
            fails: &[],
            dies: None,
            evidence: Some(Evidence::Answering),
            release: None,
            to: None,
            confirm: false,
            dry_run: false,
        }
    }

    pub fn spec(&self) -> RunSpec {
        let step = |name: &str, role, recovery| Step {
            name: name.into(),
            role,
            recovery,
        };
        RunSpec {
            run: self.id.into(),
            goal: match &self.to {
                Some(_) => Goal::Release,
                None => Goal::Deploy,
            },
            plan: "{}".into(),
            plugins: Vec::new(),
            steps: vec![
                step("code", Role::Change, Recovery::Pin),
                step("app", Role::Change, Recovery::Pin),
                step("health", Role::Verify, Recovery::None),
            ],
            confirm: self.confirm,
            dry_run: self.dry_run,
            automatic: true,
            require: None,
            retries: 0,
            release: self.release.clone(),
            to: self.to.clone(),
            unsettled: false,
            actor: None,
            sets: Vec::new(),
        }
    }

    /// Every event, in order.
    pub fn events(&self) -> Vec<Event> {
        let opened = Event::from(self.spec());
        let mut run = Run::open(&opened).unwrap();
        let mut events = vec![opened];
        loop {
            let action = run.next();
            let Some(new) = self.answer(&action) else {
                return events;
            };
            for event in new {
                run.record(&event).unwrap();
                let died = matches!(event, Event::Effect { .. })
                    && self.dies == Some(called(&action).as_str());
                events.push(event);
                if died {
                    return events;
                }
            }
        }
    }

    pub fn run(&self) -> Run {
        Run::replay(&self.events()).unwrap()
    }

    /// None: the run has ended.
    fn answer(&self, action: &Action) -> Option<Vec<Event>> {
        let (Some(step), Some(pass)) = (action.step(), action.pass()) else {
            return Some(vec![match action.clone() {
                Action::Confirm if self.fails.contains(&"confirm") => Event::Declined {
                    reason: problem("nobody said yes"),
                },
                Action::Confirm => Event::Confirmed { by: "me".into() },
                action => action.event()?,
            }]);
        };
        let call = called(action);
        let changes = match action {
            Action::Apply { .. } => step == "app" && self.changes,
            Action::Undo { .. } => true,
            _ => false,
        };
        let mut events = vec![action.event().unwrap()];
        events.extend(changes.then(|| Event::Effect {
            step: step.into(),
            what: "restart app".into(),
        }));
        let answer = match action {
            _ if self.fails.contains(&call.as_str()) => CallResult::failed(problem("no")),
            Action::Plan { .. } | Action::Replan { .. } => {
                CallResult::Proposal(self.proposal(step))
            }
            Action::Undo { .. } => CallResult::Undone,
            Action::Apply { pin, .. } => CallResult::Receipt(self.receipt(step, pin.as_deref())),
            _ => CallResult::Receipt(Receipt {
                summary: "it answers".into(),
                evidence: self.evidence,
                ..Receipt::default()
            }),
        };
        events.push(convert::result(action, step, pass, answer));
        Some(events)
    }

    fn proposal(&self, step: &str) -> Proposal {
        Proposal {
            now: (!self.now.is_empty()).then(|| format!("{step}@{}", self.now)),
            next: Some(format!("{step}@{}", self.next)),
            actions: vec![Act {
                what: format!("bring {step}"),
                why: "it is new".into(),
            }],
            by_hand: vec![format!("put {step} back")],
            outputs: self.outputs(step, Some(self.next)),
        }
    }

    fn receipt(&self, step: &str, pin: Option<&str>) -> Receipt {
        let version = pin.and_then(|pin| pin.split_once('@'));
        Receipt {
            summary: format!("{step} is there"),
            pin: pin.map(str::to_owned),
            outputs: self.outputs(step, version.map(|(_, version)| version)),
            evidence: None,
        }
    }

    fn outputs(&self, step: &str, version: Option<&str>) -> Vec<(String, String)> {
        match (step, version) {
            ("code", Some(version)) => vec![("commit".into(), commit(version))],
            _ => Vec::new(),
        }
    }
}

/// One that a step reports.
pub fn problem(message: &str) -> Diagnostic {
    Diagnostic::new(Code::PLUGIN, message)
}

/// The output `commit` of a version.
pub fn commit(version: &str) -> String {
    format!(r#"{{"id":"{version}{version}{version}","subject":"Bring {version}","author":"A"}}"#)
}

/// These runs, one after the other, a second for each event.
pub fn history(played: &[Played]) -> History {
    let mut at_unix_ms = 0;
    let mut runs = Vec::new();
    for played in played {
        let entries = played.events().into_iter().map(|event| {
            at_unix_ms += 1000;
            JournalEntry { at_unix_ms, event }
        });
        runs.extend(RunRecord::replay(entries.collect()).unwrap());
    }
    History { runs }
}

/// An event as a row of the journal.
pub fn row(run: &str, event: &Event) -> JournalRow {
    JournalRow {
        run: run.into(),
        at_unix_ms: 7,
        bytes: serde_json::to_vec(event).unwrap(),
    }
}

fn called(action: &Action) -> String {
    let word = match action {
        Action::Plan { .. } => "plan",
        Action::Replan { .. } => "replan",
        Action::Apply { pass, .. } if *pass == Pass::Back => "back",
        Action::Apply { .. } => "apply",
        Action::Verify { pass, .. } if *pass == Pass::Back => "reverify",
        Action::Verify { .. } => "verify",
        Action::Undo { .. } => "undo",
        _ => "",
    };
    format!("{word} {}", action.step().unwrap_or_default())
}
