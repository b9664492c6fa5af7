//! A script plays the host: it answers every action as told and writes down what was asked.
//!
//! Steps are written `name:role:recovery`, pins `step=pin`, both separated by spaces. A call is
//! named by what it does and to which step: `plan`, `replan`, `apply`, `verify`, `undo`,
//! `apply-back`, `verify-back`.

use deployhost_engine::{
    Act, Action, Event, Evidence, Goal, Outcome, Pass, Proposal, Receipt, Recovery, Release, Role,
    Run, RunSpec, Step,
};
use deployhost_policy::Diagnostic;
use std::collections::{HashMap, HashSet};

pub struct Script {
    pub spec: RunSpec,
    failures: HashMap<String, Vec<(Diagnostic, bool)>>,
    evidence: HashMap<String, Evidence>,
    quiet: HashSet<String>,
    outputs: HashMap<String, String>,
    stops: HashSet<String>,
    kills: HashSet<String>,
    proposals: HashMap<String, Proposal>,
    declines: bool,
    refuses: Option<String>,
}

pub struct Played {
    pub run: Run,
    pub events: Vec<Event>,
    pub trace: Vec<String>,
    pub problem: Option<Diagnostic>,
}

pub fn steps(text: &str) -> Vec<Step> {
    let step = |word: &str| {
        let mut parts = word.split(':');
        let name = parts.next().unwrap().into();
        let role = match parts.next().unwrap() {
            "gate" => Role::Gate,
            "change" => Role::Change,
            "verify" => Role::Verify,
            other => panic!("role {other}"),
        };
        let recovery = match parts.next() {
            Some("pin") => Recovery::Pin,
            Some("undo") => Recovery::Undo,
            Some("none") | None => Recovery::None,
            Some(other) => panic!("recovery {other}"),
        };
        Step {
            name,
            role,
            recovery,
        }
    };
    text.split_whitespace().map(step).collect()
}

pub fn release(id: &str, steps_text: &str, pins: &str) -> Release {
    let pin = |word: &str| {
        let (step, pin) = word.split_once('=').unwrap();
        (step.into(), pin.into())
    };
    Release {
        id: id.into(),
        plan: format!("plan of {id}"),
        plugins: vec![("plugin".into(), format!("digest of {id}"))],
        steps: steps(steps_text),
        pins: pins.split_whitespace().map(pin).collect(),
        evidence: None,
        commit: None,
    }
}

impl Script {
    pub fn deploy(steps_text: &str) -> Self {
        Script {
            spec: RunSpec {
                run: "r2".into(),
                goal: Goal::Deploy,
                plan: "plan of r2".into(),
                plugins: vec![("plugin".into(), "digest of r2".into())],
                steps: steps(steps_text),
                confirm: false,
                dry_run: false,
                automatic: true,
                require: None,
                retries: 2,
                release: None,
                to: None,
                unsettled: false,
                actor: None,
                sets: vec![],
            },
            failures: HashMap::new(),
            evidence: HashMap::new(),
            quiet: HashSet::new(),
            outputs: HashMap::new(),
            stops: HashSet::new(),
            kills: HashSet::new(),
            proposals: HashMap::new(),
            declines: false,
            refuses: None,
        }
    }

    pub fn carry_out(to: Release) -> Self {
        let mut script = Script::deploy("");
        script.spec.goal = Goal::Release;
        script.spec.to = Some(to);
        script
    }

    pub fn given(mut self, change: impl FnOnce(&mut RunSpec)) -> Self {
        change(&mut self.spec);
        self
    }

    /// The release before has the same steps and these pins.
    pub fn before(mut self, pins: &str) -> Self {
        let steps = self.spec.steps.clone();
        self.spec.release = Some(Release {
            steps,
            ..release("r1", "", pins)
        });
        self
    }

    pub fn fails(mut self, call: &str) -> Self {
        let problem = Diagnostic::new("test.broken", format!("{call} is broken"));
        let failures = self.failures.entry(call.into()).or_default();
        failures.push((problem, false));
        self
    }

    pub fn fails_for_now(mut self, call: &str, times: usize) -> Self {
        let problem = Diagnostic::new("test.busy", format!("{call} is busy"));
        let failures = self.failures.entry(call.into()).or_default();
        failures.extend(vec![(problem, true); times]);
        self
    }

    /// The call reports this evidence.
    pub fn sees(mut self, call: &str, evidence: Evidence) -> Self {
        self.evidence.insert(call.into(), evidence);
        self
    }

    /// The call begins no changing effect.
    pub fn quiet(mut self, calls: &str) -> Self {
        self.quiet.extend(calls.split(", ").map(String::from));
        self
    }

    /// The call tells this as its output.
    pub fn says(mut self, call: &str, output: &str) -> Self {
        self.outputs.insert(call.into(), output.into());
        self
    }

    /// SIGTERM during the call; `confirm` is one too.
    pub fn stopped_in(mut self, call: &str) -> Self {
        self.stops.insert(call.into());
        self
    }

    /// The process dies during the call, after its effect if it has one, and is replayed.
    /// Made again, the call finds its effect done.
    pub fn killed_in(mut self, call: &str) -> Self {
        self.kills.insert(call.into());
        self
    }

    /// What `plan STEP` or `replan STEP` answers.
    pub fn proposes(mut self, call: &str, next: Option<&str>, whats: &[&str]) -> Self {
        let act = |what: &&str| Act {
            what: (*what).into(),
            why: "because".into(),
        };
        let proposal = Proposal {
            next: next.map(String::from),
            actions: whats.iter().map(act).collect(),
            ..proposal_of(call.split(' ').nth(1).unwrap())
        };
        self.proposals.insert(call.into(), proposal);
        self
    }

    pub fn declined(mut self) -> Self {
        self.declines = true;
        self
    }

    /// The host finds out during the call that it cannot be carried out.
    pub fn refused_in(mut self, call: &str) -> Self {
        self.refuses = Some(call.into());
        self
    }

    pub fn play(mut self) -> Played {
        let opened = Event::from(self.spec.clone());
        let mut played = Played {
            run: Run::open(&opened).unwrap(),
            events: vec![opened],
            trace: vec![],
            problem: None,
        };
        for _ in 0..200 {
            let action = played.run.next();
            if action == Action::Nothing {
                return played;
            }
            played.trace.push(line(&action));
            if let Action::End { problem, .. } = &action {
                played.problem.clone_from(problem);
            }
            for event in self.answer(&action) {
                if let Event::Note { text } = &event
                    && text == "killed"
                {
                    played.run = Run::replay(&played.events).unwrap();
                    break;
                }
                played.tell(event);
            }
        }
        panic!("it never ends: {:#?}", played.trace);
    }

    fn answer(&mut self, action: &Action) -> Vec<Event> {
        let call = name(action);
        let step = action.step().unwrap_or_default().to_string();
        let pass = action.pass().unwrap_or(Pass::Forward);
        let asking = (*action == Action::Confirm).then(|| Event::Note {
            text: "asking".into(),
        });
        let mut events = Vec::from_iter(action.event().or(asking));
        if action.step().is_none() && *action != Action::Confirm {
            return events;
        }
        let acts = call.starts_with("apply") || call.starts_with("undo");
        if acts && !self.quiet.contains(&call) {
            events.push(Event::Effect {
                step: step.clone(),
                what: "restart".into(),
            });
        }
        if self.stops.remove(&call) {
            events.push(Event::Stopping { signal: 15 });
        }
        if self.kills.remove(&call) {
            events.push(Event::Note {
                text: "killed".into(),
            });
            self.quiet.insert(call);
            return events;
        }
        if self.refuses.as_ref() == Some(&call) {
            let problem = Diagnostic::new("test.refused", "it cannot be");
            events.push(Event::Refused { problem });
            return events;
        }
        if let Some(problems) = self.failures.get_mut(&call)
            && !problems.is_empty()
        {
            let (problem, temporary) = problems.remove(0);
            events.push(Event::Failed {
                step,
                pass,
                problem,
                temporary,
            });
            return events;
        }
        let proposal = || {
            let own = self.proposals.get(&call).cloned();
            own.unwrap_or_else(|| proposal_of(&step))
        };
        let receipt = || Receipt {
            summary: format!("{call}: done"),
            pin: None,
            outputs: vec![(
                "last".into(),
                match self.outputs.get(&call) {
                    Some(own) => own.clone(),
                    None => format!("receipt of {step}"),
                },
            )],
            evidence: self.evidence.get(&call).copied(),
        };
        events.push(match action {
            Action::Plan { .. } => Event::Proposed {
                proposal: proposal(),
                step,
            },
            Action::Replan { .. } => Event::Reproposed {
                proposal: proposal(),
                step,
            },
            Action::Apply { .. } => Event::Applied {
                receipt: receipt(),
                step,
                pass,
            },
            Action::Verify { .. } => Event::Verified {
                receipt: receipt(),
                step,
                pass,
            },
            Action::Undo { .. } => Event::Undone { step },
            _ if self.declines => Event::Declined {
                reason: Diagnostic::new("test.no", "no"),
            },
            _ => Event::Confirmed { by: "ann".into() },
        });
        events
    }
}

impl Played {
    pub fn tell(&mut self, event: Event) {
        self.run.record(&event).unwrap();
        self.events.push(event);
        let replayed = Run::replay(&self.events).unwrap();
        assert_eq!(replayed, self.run);
    }

    pub fn outcome(&self) -> Outcome {
        self.run.ended().unwrap()
    }

    /// What was asked after `start`, or everything where it never started.
    pub fn asked(&self) -> String {
        let start = self.trace.iter().position(|line| line == "start");
        self.trace[start.map_or(0, |at| at + 1)..].join(", ")
    }

    pub fn message(&self) -> &str {
        &self.problem.as_ref().unwrap().message
    }
}

fn proposal_of(step: &str) -> Proposal {
    Proposal {
        now: Some(format!("{step}-old")),
        next: Some(format!("{step}-new")),
        actions: vec![Act {
            what: format!("restart {step}"),
            why: "it changed".into(),
        }],
        by_hand: vec![],
        outputs: vec![("last".into(), format!("proposal of {step}"))],
    }
}

fn name(action: &Action) -> String {
    let back = match action.pass() {
        Some(Pass::Back) => "-back",
        _ => "",
    };
    let verb = match action {
        Action::Plan { .. } => "plan",
        Action::Replan { .. } => "replan",
        Action::Apply { .. } => "apply",
        Action::Verify { .. } => "verify",
        Action::Undo { .. } => "undo",
        Action::Confirm => return "confirm".into(),
        _ => return String::new(),
    };
    format!("{verb}{back} {}", action.step().unwrap())
}

/// One line per action: `apply-back app app-old`, `verify health (2nd after 1000)`.
fn line(action: &Action) -> String {
    let mut line = match action {
        Action::Start => "start".into(),
        Action::RollBack { to, .. } => format!("roll back to {to}"),
        Action::End {
            outcome, evidence, ..
        } => match evidence {
            Some(evidence) => format!("{outcome} {evidence}"),
            None => outcome.to_string(),
        },
        _ => name(action),
    };
    if let Action::Apply { pin: Some(pin), .. } = action {
        line += &format!(" {pin}");
    }
    let (attempt, after_ms) = (action.attempt(), action.pause_ms());
    if attempt > 1 {
        line += &format!(" ({attempt} after {after_ms})");
    }
    line
}
