//! This program once for each Compose, side by side: a Compose 2 on an Engine of its own, the newest on
//! the newest; Compose 1 on the machine's, as it cannot replace a container on newer ones.

use std::path::PathBuf;
use std::process::{Child, Command};

use tempfile::NamedTempFile;

use crate::compose_version::ComposeVersion;
use crate::own_engine;
use crate::trials::Counts;

/// In its environment: the class of its Compose, and the file for its counts.
const CLASS: &str = "MATRIX_COMPOSE";
const COUNTS: &str = "MATRIX_COUNTS";
/// Rows that run at a time under the newest Compose, which has the most, and under another. More than
/// cores in all: they also wait for containers.
const THREADS: [&str; 2] = ["6", "3"];

/// What this process is asked to look at, where it is one of several.
pub fn asked() -> Option<(String, PathBuf)> {
    let class = std::env::var(CLASS).ok()?;
    Some((class, std::env::var_os(COUNTS)?.into()))
}

/// What came of each, and whether all ended well. The arguments are passed on.
pub fn run(versions: &[ComposeVersion]) -> (Counts, bool) {
    let started: Vec<_> = versions.iter().map(start).collect();
    let mut good = true;
    let counts = started.into_iter().map(|(mut child, counts)| {
        good &= child.wait().unwrap().success();
        // Empty where it came to nothing, which its exit status says.
        serde_json::from_slice::<Counts>(&std::fs::read(counts).unwrap()).unwrap_or_default()
    });
    (counts.sum(), good)
}

fn start(version: &ComposeVersion) -> (Child, NamedTempFile) {
    let counts = NamedTempFile::new().unwrap();
    let engines = own_engine::all();
    let (engine, threads) = match version.class.as_str() {
        "newest" => (engines.last(), THREADS[0]),
        _ => (engines.first(), THREADS[1]),
    };
    let engine = engine.filter(|_| !version.is_first() && !own_engine::is_here());
    let mut command = match engine {
        Some(engine) => own_engine::this_program_on(engine),
        None => Command::new(std::env::current_exe().unwrap()),
    };
    command
        .args(["--test-threads", threads])
        .args(std::env::args_os().skip(1))
        .env(CLASS, &version.class)
        .env(COUNTS, counts.path());
    (command.spawn().unwrap(), counts)
}
