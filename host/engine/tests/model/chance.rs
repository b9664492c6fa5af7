//! What is random: plans, releases, openings, and what steps answer.

use deployhost_engine::{
    Act, Evidence, Goal, Proposal, Receipt, Recovery, Release, Role, RunSpec, Step,
};
use deployhost_policy::Diagnostic;

const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];
/// An action that is offered only by a second plan call.
pub const SURPRISE: &str = "remove everything";

/// xorshift64*.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Chance((seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % n
    }

    pub fn percent(&mut self, n: u64) -> bool {
        self.below(100) < n
    }

    pub fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize].clone()
    }

    pub fn maybe<T>(&mut self, percent: u64, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.percent(percent).then(|| make(self))
    }

    pub fn steps(&mut self) -> Vec<Step> {
        let mut names = NAMES.to_vec();
        (0..=self.below(6))
            .map(|_| {
                let at = self.below(names.len() as u64) as usize;
                let recoveries = [
                    Recovery::Pin,
                    Recovery::Pin,
                    Recovery::Undo,
                    Recovery::Undo,
                    Recovery::None,
                ];
                Step {
                    name: names.remove(at).into(),
                    role: self.one_of(&[
                        Role::Gate,
                        Role::Change,
                        Role::Change,
                        Role::Change,
                        Role::Verify,
                    ]),
                    recovery: self.one_of(&recoveries),
                }
            })
            .collect()
    }

    pub fn release(&mut self, id: &str, like: &[Step]) -> Release {
        let steps = if self.percent(60) {
            like.to_vec()
        } else {
            self.steps()
        };
        let mut pins = Vec::new();
        for name in NAMES {
            // Some pins belong to no step of the release: they must never be applied.
            if self.percent(if steps.iter().any(|step| step.name == name) {
                75
            } else {
                15
            }) {
                pins.push((name.into(), format!("{id}-{name}")));
            }
        }
        Release {
            id: id.into(),
            plan: format!("plan of {id}"),
            plugins: vec![],
            steps,
            pins,
            evidence: None,
            commit: None,
        }
    }

    pub fn spec(&mut self) -> RunSpec {
        let steps = self.steps();
        let goal = if self.percent(80) {
            Goal::Deploy
        } else {
            Goal::Release
        };
        RunSpec {
            run: "now".into(),
            goal,
            plan: "plan".into(),
            plugins: vec![],
            confirm: self.percent(30),
            dry_run: self.percent(8),
            automatic: self.percent(80),
            require: self.maybe(25, |chance| chance.one_of(&Evidence::ALL)),
            retries: self.below(4) as u32,
            release: self.maybe(70, |chance| chance.release("before", &steps)),
            to: (goal == Goal::Release).then(|| self.release("to", &steps)),
            unsettled: self.percent(15),
            actor: None,
            sets: vec![],
            steps,
        }
    }

    /// What went wrong, and whether it is worth another try.
    pub fn problem(&mut self) -> (Diagnostic, bool) {
        match self.percent(50) {
            true => (Diagnostic::new("test.busy", "busy"), true),
            false => (Diagnostic::new("test.broken", "broken"), false),
        }
    }

    pub fn proposal(&mut self, step: &str, again: bool) -> Proposal {
        let act = |what: String| Act {
            what,
            why: String::new(),
        };
        let mut actions: Vec<Act> = Vec::new();
        if self.percent(60) {
            actions.push(act(format!("restart {step}")));
        }
        // Shown the first time, so that it covers whatever comes, but the surprise.
        if !again {
            actions = vec![act(format!("at most: recreate {step}"))];
        } else if self.percent(6) {
            actions.push(act(SURPRISE.into()));
        }
        let turn = if again { 2 } else { 1 };
        Proposal {
            now: self.maybe(70, |_| format!("found-{step}")),
            next: self.maybe(80, |_| format!("next-{step}-{turn}")),
            actions,
            by_hand: vec![],
            outputs: vec![],
        }
    }

    pub fn receipt(&mut self) -> Receipt {
        Receipt {
            summary: String::new(),
            pin: None,
            outputs: vec![],
            evidence: self.maybe(60, |chance| chance.one_of(&Evidence::ALL)),
        }
    }
}
