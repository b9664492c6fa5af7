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
//! The take-overs are stacks that were there before, in each of the ways in which people start one: a
//! deployment that succeeds or breaks, with and without a health check.
//!
//! All rows run under the newest Compose, every third under the others, and every fourth stack, once from nothing and once as
//! somebody had started it by hand, and all take-overs under the newest; with `MATRIX=all` all under all. Each Compose has a process, and what is newer than the
//! machine's own has a newer Engine, too. `cargo test --test compose_matrix -- env` runs those
//! that have the word in their names.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod clean_project;
mod comparison;
#[path = "../compose_version.rs"]
mod compose_version;
mod each_compose;
// Of these two, this binary uses a part.
#[allow(dead_code, unused_imports)]
#[path = "../fixture/mod.rs"]
mod fixture;
mod images;
mod judge;
#[path = "../own_engine.rs"]
mod own_engine;
mod row;
mod snapshot;
mod stack;
mod stack_judge;
#[allow(dead_code)]
#[path = "../support/mod.rs"]
mod support;
mod take_over_judge;
mod toml_folder;
mod trials;
mod way;

use std::io::Write;
use std::process::ExitCode;

use libtest_mimic::Arguments;

use compose_version::ComposeVersion;
use row::Row;
use stack::Stack;
use trials::Counts;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let versions = ComposeVersion::all();
    let Some((class, file)) = each_compose::asked() else {
        let (counts, good) = each_compose::run(&versions);
        if counts.rows + counts.stacks + counts.take_overs > 0 {
            summarize(&versions, counts);
        }
        return ExitCode::from(u8::from(!good));
    };
    let position = versions.iter().position(|it| it.class == class).unwrap();
    let (counts, code) = trials::run(&arguments, &versions[position], position == 0);
    std::fs::write(file, serde_json::to_vec(&counts).unwrap()).unwrap();
    code
}

fn summarize(versions: &[ComposeVersion], counts: Counts) {
    let rows = Row::all();
    let refused = rows.iter().filter(|it| it.refused().is_some()).count();
    let named: Vec<&str> = versions.iter().map(|it| it.number.as_str()).collect();
    let mut out = std::io::stderr().lock();
    let _closed = writeln!(
        out,
        "compose matrix: {} rows × {} versions, {} lies, {} needless ({} runs of a row, {refused} rows expect a refusal; Compose {})\ncompose stacks: {} of {} as said ({} stacks: first, unchanged, changed, broken, rolled back)\ntake-over: {} cases, lost things: {}",
        rows.len(),
        versions.len(),
        counts.lies,
        counts.needless,
        counts.rows,
        named.join(", "),
        counts.good_stacks,
        counts.stacks,
        Stack::all().len(),
        counts.take_overs,
        counts.lost,
    );
}
