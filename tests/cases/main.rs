//! What is wrong and what it gets, as files: `tests/refusals/ROW/CASE.toml` is a command and what it
//! is given, and ends with the exit code and the whole output that it must have. The rows are in the
//! files beside the folders, a table each. `tests/granted/CASE.toml` is the same for what an entry
//! asks for, what it is granted, and what it then may do, as `check` says it.
//!
//! Every file is a test of its own name, such as `refusals::network-header::host`: with
//! `cargo test --test cases -- network` those run that have the word in their names. To add a case,
//! write its file up to `[expect]` with `exit = 0` below, and let `BLESS=1` write the rest; read what
//! it wrote before you keep it.
//!
//! Beside what it expects, no case may panic, hang, or, where no run begins, change anything in its
//! folder or leave a journal.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod case;
mod case_folder;
mod catalog;
mod execution;
mod fake_network;
mod installation;
#[path = "../support/mod.rs"]
mod support;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use libtest_mimic::{Arguments, Failed, Trial};

use case::Case;
use execution::CaseResult;
use installation::Installation;

fn main() -> ExitCode {
    fake_network::run_inside();
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or_else(threads);
    // Made by the first case that runs, and taken away when the last one has ended.
    let installation = Arc::<OnceLock<Installation>>::default();
    let (refusals, grants) = (catalog::refusals(), catalog::grants());
    let commands = refusals.len();
    // The last rows first: their cases take longest.
    let mut trials: Vec<Trial> = refusals
        .into_iter()
        .rev()
        .chain(grants)
        .map(|file| {
            let installation = installation.clone();
            Trial::test(file.name, move || {
                check(&file.path, installation.get_or_init(Installation::new))
            })
        })
        .collect();
    trials.extend([
        Trial::test("catalog::every_row_has_a_case", || {
            catalog::check_rows();
            Ok(())
        }),
        Trial::test("catalog::every_plan_has_a_row", || {
            catalog::check_plans();
            Ok(())
        }),
        Trial::test("catalog::every_file_is_a_case_of_a_row", || {
            catalog::check_files();
            Ok(())
        }),
    ]);
    let conclusion = libtest_mimic::run(&arguments, trials);
    drop(installation);
    let all = conclusion.num_filtered_out == 0 && conclusion.num_passed > 0;
    if all && !conclusion.has_failed() {
        let (rows, plans) = (catalog::check_rows(), catalog::check_plans());
        let _closed = writeln!(
            std::io::stderr(),
            "bad input: {} cases ({commands} commands, {plans} plans), {rows} of {rows} rows",
            commands + plans,
        );
    }
    conclusion.exit_code()
}

/// More than cores: some cases wait for a clock.
fn threads() -> Option<usize> {
    let wanted = std::env::var("RUST_TEST_THREADS").ok();
    wanted.and_then(|it| it.parse().ok()).or_else(|| {
        let cores = std::thread::available_parallelism();
        Some(2 * cores.map_or(2, usize::from))
    })
}

fn check(file: &Path, installation: &Installation) -> Result<(), Failed> {
    let case = Case::read(file);
    let wrong = match case.network {
        Some(_) => fake_network::enter(file, installation),
        None => judge(&case, file, execution::run(&case, installation)),
    };
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(wrong.into()),
    }
}

/// Empty: as it must be, or as it now is where that is written down.
fn judge(case: &Case, file: &Path, outcome: CaseResult) -> String {
    if std::env::var_os("BLESS").is_some() && outcome.wrong.is_empty() {
        outcome.output.bless(file);
        return String::new();
    }
    match outcome.compare(&case.expect) {
        right if right.is_empty() => right,
        wrong => format!("{}\n{wrong}", case.why),
    }
}
