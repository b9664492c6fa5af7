//! The rows and stacks that run under one Compose, and what came of them.

use std::iter::Sum;
use std::ops::Add;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use libtest_mimic::{Arguments, Trial};
use serde::{Deserialize, Serialize};

use crate::compose_version::ComposeVersion;
use crate::row::Row;
use crate::stack::Stack;
use crate::take_over_judge::TakeOver;
use crate::{judge, stack_judge};

/// Of the rows, how many run under a Compose that is not the newest: one in so many.
const SHARE: usize = 3;
/// Of the stacks, how many run under the newest: one in so many.
const STACKS: usize = 4;

/// How much was looked at, and what was found.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Counts {
    pub rows: usize,
    pub lies: usize,
    pub needless: usize,
    pub stacks: usize,
    pub good_stacks: usize,
    pub take_overs: usize,
    pub lost: usize,
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            rows: self.rows + other.rows,
            lies: self.lies + other.lies,
            needless: self.needless + other.needless,
            stacks: self.stacks + other.stacks,
            good_stacks: self.good_stacks + other.good_stacks,
            take_overs: self.take_overs + other.take_overs,
            lost: self.lost + other.lost,
        }
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

/// Runs what is chosen of them.
pub fn run(arguments: &Arguments, version: &ComposeVersion, is_newest: bool) -> (Counts, ExitCode) {
    let whole = std::env::var("MATRIX").is_ok_and(|word| word == "all");
    let counts = Arc::<Mutex<Counts>>::default();
    let mut trials = Vec::new();
    // First, as they take the longest.
    for (number, stack) in Stack::all().into_iter().enumerate() {
        let chosen = whole || (is_newest && number % STACKS == 0);
        if chosen && stack.is_known_to(version) {
            trials.push(stack_trial(stack, version.clone(), &counts));
        }
    }
    for (number, stack) in Stack::all().into_iter().enumerate() {
        let chosen = whole || (is_newest && number % STACKS == 1);
        if chosen && stack.is_known_to(version) {
            trials.push(found_trial(stack, version.clone(), &counts));
        }
    }
    for take_over in TakeOver::all() {
        if whole || is_newest {
            trials.push(take_over_trial(take_over, version.clone(), &counts));
        }
    }
    for (number, row) in Row::all().into_iter().enumerate() {
        let chosen = whole || is_newest || number % SHARE == 0;
        if chosen && row.is_known_to(version) {
            trials.push(row_trial(row, version.clone(), &counts));
        }
    }
    let conclusion = libtest_mimic::run(arguments, trials);
    let counts = *counts.lock().unwrap();
    (counts, conclusion.exit_code())
}

fn row_trial(row: Row, version: ComposeVersion, counts: &Arc<Mutex<Counts>>) -> Trial {
    let name = format!("{}::{}", version.class, row.name);
    trial(name, counts, move || {
        let verdict = judge::judge(&row, &version);
        let counts = Counts {
            rows: 1,
            lies: verdict.lies.len(),
            needless: verdict.needless.len(),
            ..Counts::default()
        };
        (counts, (!verdict.is_good()).then(|| verdict.to_string()))
    })
}

fn stack_trial(stack: Stack, version: ComposeVersion, counts: &Arc<Mutex<Counts>>) -> Trial {
    let name = format!("{}::stack::{}", version.class, stack.name);
    trial(name, counts, move || {
        let wrong = stack_judge::judge(&stack, &version);
        let counts = Counts {
            stacks: 1,
            good_stacks: usize::from(wrong.is_empty()),
            ..Counts::default()
        };
        (counts, (!wrong.is_empty()).then(|| wrong.join("\n")))
    })
}

fn found_trial(stack: Stack, version: ComposeVersion, counts: &Arc<Mutex<Counts>>) -> Trial {
    let name = format!("{}::found::{}", version.class, stack.name);
    trial(name, counts, move || {
        let lost = stack_judge::judge_found(&stack, &version);
        let counts = Counts {
            take_overs: 1,
            lost: lost.len(),
            ..Counts::default()
        };
        (counts, (!lost.is_empty()).then(|| lost.join("\n")))
    })
}

fn take_over_trial(it: TakeOver, version: ComposeVersion, counts: &Arc<Mutex<Counts>>) -> Trial {
    let name = format!("{}::take-over::{}", version.class, it.name());
    trial(name, counts, move || {
        let lost = it.judge(&version);
        let counts = Counts {
            take_overs: 1,
            // What was said comes last.
            lost: lost.len().saturating_sub(1),
            ..Counts::default()
        };
        (counts, (!lost.is_empty()).then(|| lost.join("\n")))
    })
}

/// `judged`: what it adds to the counts, and what is wrong with it.
fn trial(
    name: String,
    counts: &Arc<Mutex<Counts>>,
    judged: impl FnOnce() -> (Counts, Option<String>) + Send + 'static,
) -> Trial {
    let counts = counts.clone();
    Trial::test(name, move || {
        let (added, wrong) = judged();
        let mut counts = counts.lock().unwrap();
        *counts = *counts + added;
        wrong.map_or(Ok(()), |wrong| Err(wrong.into()))
    })
}
