//! The host: it does what it is asked, badly.

use crate::chance::Chance;
use deployhost_engine::{Action, Event, EventKind, Outcome, Pass, Receipt, Run};
use deployhost_policy::Diagnostic;

/// How often things go wrong in one run, in percent.
struct Weather {
    failures: u64,
    stops: u64,
    crashes: u64,
    effects: u64,
}

/// The host: its journal is the truth, the run is what it holds in memory.
pub struct Host {
    pub chance: Chance,
    weather: Weather,
    pub journal: Vec<Event>,
    pub run: Run,
    /// What came next after each event.
    pub nexts: Vec<Action>,
    pub crashes: u32,
}

impl Host {
    pub fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let weather = Weather {
            failures: chance.one_of(&[0, 3, 8, 25]),
            stops: chance.one_of(&[0, 0, 1, 5]),
            crashes: chance.one_of(&[0, 2, 10]),
            effects: chance.one_of(&[0, 40, 40, 60]),
        };
        let opened = Event::from(chance.spec());
        let run = Run::open(&opened).unwrap();
        Host {
            chance,
            weather,
            nexts: vec![run.next()],
            journal: vec![opened],
            run,
            crashes: 0,
        }
    }

    /// `false`: the process died, right after the event was written.
    fn tell(&mut self, event: Event) -> bool {
        self.offer_nonsense(&event);
        self.journal.push(event);
        let crash = self.chance.percent(self.weather.crashes);
        if crash {
            self.crashes += 1;
            self.run = Run::replay(&self.journal).unwrap();
        } else {
            let event = self.journal.last().unwrap();
            if let Err(illegal) = self.run.record(event) {
                panic!("{illegal}: {event:?}\n{:#?}", self.journal);
            }
        }
        self.nexts.push(self.run.next());
        !crash
    }

    fn maybe_stop(&mut self) -> bool {
        let stop = self.run.ended().is_none() && self.chance.percent(self.weather.stops);
        !stop || self.tell(Event::Stopping { signal: 15 })
    }

    pub fn play(&mut self) {
        for _ in 0..2000 {
            if self.chance.percent(5) {
                self.tell(Event::Note { text: "!".into() });
            }
            self.maybe_stop();
            if self.chance.percent(1) && !self.started() && self.run.ended().is_none() {
                self.tell(Event::Refused {
                    problem: Diagnostic::new("test.no", "no"),
                });
            }
            if self.run.next() == Action::Nothing {
                return;
            }
            self.act();
        }
        panic!("it never ends: {:#?}", self.journal);
    }

    fn started(&self) -> bool {
        // Refusals come between calls and during planning only; a call under way has its result.
        self.journal
            .iter()
            .any(|event| event.kind() == EventKind::Started || closes(event))
    }

    fn act(&mut self) {
        let action = self.run.next();
        let event = match &action {
            Action::Confirm => {
                self.maybe_stop();
                match self.chance.percent(90) {
                    true => Event::Confirmed { by: "ann".into() },
                    false => Event::Declined {
                        reason: Diagnostic::new("test.no", "no"),
                    },
                }
            }
            other => match other.event() {
                Some(event) => event,
                None => return,
            },
        };
        if !self.tell(event) {
            return;
        }
        let Some(step) = action.step() else { return };
        let (step, pass) = (step.to_string(), action.pass().unwrap());
        if !matches!(action, Action::Plan { .. } | Action::Replan { .. }) {
            let percent = match action {
                Action::Verify { .. } => 2,
                _ => self.weather.effects,
            };
            while self.chance.percent(percent) {
                if !self.tell(Event::Effect {
                    step: step.clone(),
                    what: "up".into(),
                }) {
                    return;
                }
            }
        }
        if self.chance.percent(10) {
            let (level, line) = ("info".into(), "…".into());
            if !self.tell(Event::Log {
                step: step.clone(),
                level,
                line,
            }) {
                return;
            }
        }
        if !self.maybe_stop() {
            return;
        }
        let failures = match action {
            // A plan that fails ends the run where it is dull.
            Action::Plan { .. } => self.weather.failures / 4,
            _ => self.weather.failures,
        };
        if self.chance.percent(failures) {
            let (problem, temporary) = self.chance.problem();
            self.tell(Event::Failed {
                step,
                pass,
                problem,
                temporary,
            });
            return;
        }
        let result = match action {
            Action::Plan { .. } => Event::Proposed {
                proposal: self.chance.proposal(&step, false),
                step,
            },
            Action::Replan { .. } => Event::Reproposed {
                proposal: self.chance.proposal(&step, true),
                step,
            },
            Action::Apply { .. } => Event::Applied {
                receipt: self.chance.receipt(),
                step,
                pass,
            },
            Action::Verify { .. } => Event::Verified {
                receipt: self.chance.receipt(),
                step,
                pass,
            },
            _ => Event::Undone { step },
        };
        self.tell(result);
    }

    /// Events that resemble the right one, and that must be turned down without a trace.
    fn offer_nonsense(&mut self, right: &Event) {
        if !self.chance.percent(15) {
            return;
        }
        let nonsense = match right.clone() {
            Event::Applying {
                step,
                pass,
                pin,
                attempt,
            } => match self.chance.below(4) {
                0 => Event::Applying {
                    step: format!("{step}!"),
                    pass,
                    pin,
                    attempt,
                },
                1 => Event::Applying {
                    step,
                    pass: Pass::Undo,
                    pin,
                    attempt,
                },
                2 => Event::Applying {
                    step,
                    pass,
                    pin: Some("nonsense".into()),
                    attempt,
                },
                _ => Event::Applying {
                    step,
                    pass,
                    pin,
                    attempt: attempt + 1,
                },
            },
            Event::Verifying {
                step,
                pass,
                attempt,
            } => match self.chance.below(2) {
                0 => Event::Verifying {
                    step: format!("{step}!"),
                    pass,
                    attempt,
                },
                _ => Event::Verifying {
                    step,
                    pass: Pass::Undo,
                    attempt,
                },
            },
            Event::Planning { step, attempt } => Event::Undoing { step, attempt },
            Event::Undoing { step, attempt } => Event::Planning { step, attempt },
            Event::Applied { step, pass, .. } => Event::Verified {
                step,
                pass,
                receipt: Receipt::default(),
            },
            Event::Verified { step, pass, .. } => Event::Applied {
                step,
                pass,
                receipt: Receipt::default(),
            },
            Event::Effect { what, .. } => Event::Effect {
                step: "nonsense".into(),
                what,
            },
            Event::Failed {
                step,
                temporary: false,
                ..
            } => Event::Undone {
                step: format!("{step}!"),
            },
            Event::RollingBack { because, .. } => Event::RollingBack {
                to: "nonsense".into(),
                because,
            },
            Event::Ended {
                outcome,
                evidence,
                problem,
            } => {
                let outcomes: Vec<_> = Outcome::ALL
                    .into_iter()
                    .filter(|other| ![outcome, Outcome::Interrupted].contains(other))
                    .collect();
                Event::Ended {
                    outcome: self.chance.one_of(&outcomes),
                    evidence,
                    problem,
                }
            }
            _ => self.journal[0].clone(),
        };
        let before = self.run.clone();
        assert!(
            self.run.record(&nonsense).is_err(),
            "{nonsense:?} for {right:?}"
        );
        assert_eq!(self.run, before);
    }
}

fn closes(event: &Event) -> bool {
    [EventKind::Refused, EventKind::Declined, EventKind::Ended].contains(&event.kind())
}

pub fn through_json(events: &[Event]) -> Vec<Event> {
    let text = |event| serde_json::to_string(event).unwrap();
    let events = events.iter().map(text);
    events
        .map(|line| serde_json::from_str(&line).unwrap())
        .collect()
}
