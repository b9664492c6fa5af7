//! Every key of a Compose file that can change a container: set, left alone, changed and taken out
//! again in one project, under each Compose there is. `rows/KEY.toml` is a row. After each step what
//! Docker shows of the project is held against what it shows of a clean project that Compose itself
//! has started from the same files, and against what the run said that it did.
//!
//! A *lie* is an action that was said and not seen, or seen and not said, or a success where a
//! container differs from the clean project's, or a file in a volume that is gone. *Needless* is a
//! container touched although nothing that it is made of changed.
//!
//! `stacks/NAME.toml` is a stack in the shape of a well-known one, which is deployed, deployed again,
//! changed, broken and rolled back, and looked at in the same way.
//!
//! All rows run under the newest Compose, every third under the others, and every fourth stack under
//! the newest; with `MATRIX=all` all under all. `cargo test --test compose_matrix -- env` runs those
//! that have the word in their names.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod clean_project;
mod comparison;
#[path = "../compose_version.rs"]
mod compose_version;
// Of these two, this binary uses a part.
#[allow(dead_code, unused_imports)]
#[path = "../fixture/mod.rs"]
mod fixture;
mod images;
mod judge;
mod row;
mod snapshot;
mod stack;
mod stack_judge;
#[allow(dead_code)]
#[path = "../support/mod.rs"]
mod support;
mod toml_folder;

use std::io::Write;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use libtest_mimic::{Arguments, Trial};

use compose_version::ComposeVersion;
use judge::Verdict;
use row::Row;
use stack::Stack;

/// Of the rows, how many run under a Compose that is not the newest: one in so many.
const SHARE: usize = 3;
/// Of the stacks, how many run under the newest: one in so many.
const STACKS: usize = 4;

/// A stack under a Compose, and what is wrong with it.
type JudgedStack = Vec<String>;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // More than cores: rows mostly wait for containers.
    arguments.test_threads = arguments.test_threads.or(Some(12));
    let versions = ComposeVersion::all();
    let rows = Row::all();
    let verdicts = Arc::<Mutex<Vec<Verdict>>>::default();
    let whole = std::env::var("MATRIX").is_ok_and(|word| word == "all");
    let mut trials = Vec::new();
    for (index, version) in versions.iter().enumerate() {
        for (number, row) in rows.iter().enumerate() {
            let newest = index == 0;
            if !row.is_known_to(version) || !(newest || whole || number % SHARE == 0) {
                continue;
            }
            let (row, version, verdicts) = (row.clone(), version.clone(), verdicts.clone());
            let name = format!("{}::{}", version.class, row.name);
            trials.push(Trial::test(name, move || {
                let verdict = judge::judge(&row, &version);
                let text = verdict.to_string();
                let good = verdict.is_good();
                verdicts.lock().unwrap().push(verdict);
                if good { Ok(()) } else { Err(text.into()) }
            }));
        }
    }
    let stacks = Stack::all();
    let judged = Arc::<Mutex<Vec<JudgedStack>>>::default();
    for (index, version) in versions.iter().enumerate() {
        for (number, stack) in stacks.iter().enumerate() {
            let chosen = index == 0 && number % STACKS == 0;
            if !stack.is_known_to(version) || !(chosen || whole) {
                continue;
            }
            let (stack, version, judged) = (stack.clone(), version.clone(), judged.clone());
            let name = format!("{}::stack::{}", version.class, stack.name);
            trials.push(Trial::test(name, move || {
                let wrong = stack_judge::judge(&stack, &version);
                judged.lock().unwrap().push(wrong.clone());
                match wrong.is_empty() {
                    true => Ok(()),
                    false => Err(wrong.join("\n").into()),
                }
            }));
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    if conclusion.num_passed + conclusion.num_failed > 0 {
        summarize(&rows, &versions, &verdicts.lock().unwrap());
        summarize_stacks(&stacks, &judged.lock().unwrap());
    }
    conclusion.exit_code()
}

fn summarize(rows: &[Row], versions: &[ComposeVersion], verdicts: &[Verdict]) {
    let lies: usize = verdicts.iter().map(|it| it.lies.len()).sum();
    let needless: usize = verdicts.iter().map(|it| it.needless.len()).sum();
    let refused = rows.iter().filter(|it| it.refused().is_some()).count();
    let named: Vec<&str> = versions.iter().map(|it| it.number.as_str()).collect();
    let mut out = std::io::stderr().lock();
    let _closed = writeln!(
        out,
        "compose matrix: {} rows × {} versions, {lies} lies, {needless} needless ({} runs of a row, {refused} rows expect a refusal; Compose {})",
        rows.len(),
        versions.len(),
        verdicts.len(),
        named.join(", "),
    );
}

fn summarize_stacks(stacks: &[Stack], judged: &[JudgedStack]) {
    let good = judged.iter().filter(|wrong| wrong.is_empty()).count();
    let mut out = std::io::stderr().lock();
    let _closed = writeln!(
        out,
        "compose stacks: {good} of {} as said ({} stacks: first, unchanged, changed, broken, rolled back)",
        judged.len(),
        stacks.len(),
    );
}
