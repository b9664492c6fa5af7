//! What a deployment costs, beside what people type instead: runs of both in turn, medians, their
//! ratio, and how many programs are started. `make bench` prints the table and keeps it as
//! `target/bench.md`; it fails where a goal is missed.
//!
//! Under the newest Compose that is here, without a health step.

#![allow(clippy::unwrap_used, clippy::expect_used)]

// Of these three, this binary uses a part.
#[allow(dead_code)]
#[path = "../compose_version.rs"]
mod compose_version;
#[allow(dead_code, unused_imports)]
#[path = "../fixture/mod.rs"]
mod fixture;
mod measured;
#[allow(dead_code)]
#[path = "../support/mod.rs"]
mod support;

use std::io::Write;
use std::process::{Command, ExitCode};

use compose_version::ComposeVersion;
use fixture::Fixture;
use fixture::compose::services;
use measured::{Goals, Measured, measure};

/// What there is between two runs to be deployed.
type Change = fn(&Fixture, usize);

struct Row {
    what: &'static str,
    change: Change,
    /// What is typed instead; `$COMPOSE` is Compose with the project's name and file.
    by_hand: &'static str,
    goals: Goals,
}

const ROWS: [Row; 4] = [
    Row {
        what: "nothing changed",
        change: |_, _| {},
        by_hand: "$COMPOSE up -d",
        goals: Goals {
            ratio: Some(2.0),
            programs: Some(15),
        },
    },
    Row {
        what: "a file that no service reads changed",
        change: |fixture, n| commit(fixture, &[("README.md", &format!("{n}\n"))]),
        by_hand: "git fetch -q && git reset -q --hard origin/main && $COMPOSE up -d",
        goals: Goals::NONE,
    },
    Row {
        what: "a mounted file changed: restart",
        change: |fixture, n| commit(fixture, &[("pages/one", &format!("{n}\n"))]),
        by_hand: "git fetch -q && git reset -q --hard origin/main && $COMPOSE restart web",
        goals: Goals {
            ratio: None,
            programs: Some(25),
        },
    },
    Row {
        what: "the environment changed: recreate",
        change: |fixture, n| commit(fixture, &[("compose.yml", &file(&n.to_string()))]),
        by_hand: "git fetch -q && git reset -q --hard origin/main && $COMPOSE up -d",
        goals: Goals::NONE,
    },
];

fn main() -> ExitCode {
    let versions = ComposeVersion::all();
    let newest = versions.first().expect("no Compose is installed");
    let measured: Vec<Measured> = ROWS.iter().map(|row| measure(row, newest)).collect();
    let mut table = format!(
        "Compose {}, {} pairs of runs a row, on {} processors.\n\n{}",
        newest.number,
        measured::PAIRS,
        std::thread::available_parallelism().unwrap(),
        Measured::HEAD
    );
    for row in &measured {
        table += &row.to_string();
    }
    let kept = support::program::target().join("bench.md");
    std::fs::write(&kept, &table).unwrap();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{table}\nkept in {}", kept.display()).unwrap();
    match measured.iter().all(Measured::is_good) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// One service.
fn file(greeting: &str) -> String {
    let environment = format!("environment: {{ GREETING: \"{greeting}\" }}");
    services(&[("web", &[&environment, "volumes: [\"./pages:/site:ro\"]"])])
}

fn commit(fixture: &Fixture, files: &[(&str, &str)]) {
    fixture.commit("Change", files);
}

/// As an operator types it, in the tree.
fn by_hand(fixture: &Fixture, script: &str, compose: &ComposeVersion) -> Command {
    let line = script.replace(
        "$COMPOSE",
        &format!("docker-compose -p {} -f compose.yml", fixture.name),
    );
    let mut command = Command::new("sh");
    command.args(["-c", &line]).current_dir(fixture.tree());
    command.env("PATH", path(compose));
    command
}

/// The programs' folders, with this Compose before any other.
fn path(compose: &ComposeVersion) -> String {
    let path = std::env::var("PATH").unwrap();
    format!("{}:{path}", compose.folder.display())
}
