//! What is wrong and what it gets, as files: `tests/refusals/ROW/CASE.toml` is a command and what it
//! is given, and ends with the exit code and the whole output that it must have. The rows are in the
//! files beside the folders, a table each. To add a case, write its file up to `[expect]` with
//! `exit = 0` below, and let `BLESS=1` write the rest; read what it wrote before you keep it.
//! `CASE=word` runs only those that have the word in their path.
//!
//! Beside what it expects, no case may panic, take longer than it says, or, where no run begins,
//! change anything in its folder or leave a journal.

mod case;
mod house;
mod rows;
mod said;
mod scene;
mod world;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use case::Case;
use house::House;

/// The test below, for those who run it again.
const TEST: &str = "refused::every_case_is_answered_as_its_file_says";

#[test]
fn every_case_is_answered_as_its_file_says() {
    world::part();
    let rows = rows::all();
    let cases = rows::cases(&rows);
    let word = std::env::var("CASE").unwrap_or_default();
    let files = cases.values().flatten();
    let files: Vec<&PathBuf> = files
        .filter(|it| it.to_string_lossy().contains(&word))
        .collect();
    all_answered(&files);
    let without: Vec<_> = cases.iter().filter(|it| it.1.is_empty()).collect();
    assert!(without.is_empty(), "rows without a case: {without:?}");
    // Past the test's own output, which nobody sees where all is well.
    let mut told = std::io::stderr().lock();
    let (plans, ran) = (rows::plans(&rows), files.len());
    let with = cases.len();
    writeln!(
        told,
        "bad input: {} cases ({ran} commands, {plans} plans), {with} of {} rows",
        ran + plans,
        rows.len()
    )
    .unwrap();
}

/// The same for what an entry may do: `tests/granted/CASE.toml`. What an entry asks for, what it is
/// granted, and what it then may do, as `check` says it.
#[test]
fn every_grant_gives_what_its_file_says() {
    let folder = rows::folder().join("../granted");
    let files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let word = std::env::var("CASE").unwrap_or_default();
    let wanted = files
        .iter()
        .filter(|it| it.to_string_lossy().contains(&word));
    all_answered(&wanted.collect::<Vec<_>>());
}

fn all_answered(files: &[&PathBuf]) {
    // The last rows first: their cases take longest.
    let (house, queue) = (House::new(), Mutex::new(files.iter().rev()));
    let wrong = Mutex::new(BTreeSet::new());
    // More than cores: some wait for a clock.
    let workers = 2 * std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().unwrap().next();
                    let Some(file) = next else { break };
                    if let Err(why) = answered(file, &house) {
                        wrong.lock().unwrap().insert(why);
                    }
                }
            });
        }
    });
    let wrong: Vec<String> = wrong.into_inner().unwrap().into_iter().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A case that cannot even be set up is wrong like any other, and the others are still run.
fn answered(file: &Path, house: &House) -> Result<(), String> {
    let name: PathBuf = file.components().rev().take(2).collect();
    let name: PathBuf = name.components().rev().collect();
    let answer = std::panic::catch_unwind(|| {
        let case = Case::read(file);
        match case.world {
            Some(_) => world::enter(file, house),
            None => judge(&case, file, said::answer(&case, house)),
        }
    });
    match answer {
        Ok(wrong) if wrong.is_empty() => Ok(()),
        Ok(wrong) => Err(format!("\n{}: {wrong}", name.display())),
        Err(_) => Err(format!("\n{}: it could not be set up", name.display())),
    }
}

/// Empty: as it must be, or as it now is where that is written down.
fn judge(case: &Case, file: &Path, answer: said::Answer) -> String {
    if std::env::var_os("BLESS").is_some() && answer.wrong.is_empty() {
        answer.said.bless(file);
        return String::new();
    }
    match answer.against(&case.expect) {
        right if right.is_empty() => right,
        wrong => format!("{}\n{wrong}", case.why),
    }
}
