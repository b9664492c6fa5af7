//! Docker Engines of other releases than the machine's, each in namespaces of its own for as long as
//! one program runs.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::program::{repository, target};

/// Those that `.ci/setup` has brought, the oldest first. None: it said so.
pub fn all() -> Vec<PathBuf> {
    let brought = std::fs::read_dir(target().join("docker-versions/engine"));
    let entries = brought.into_iter().flatten().map_while(Result::ok);
    let mut engines: Vec<PathBuf> = entries.map(|it| it.path()).collect();
    engines.sort();
    engines
}

/// This test program, where that Engine is the only one.
pub fn this_program_on(engine: &Path) -> Command {
    let mut command = Command::new("bash");
    command
        .arg(repository().join(".ci/engine"))
        .arg(engine)
        .arg(std::env::current_exe().unwrap());
    command
}

/// Whether this process was started in that way.
pub fn is_here() -> bool {
    std::env::var_os("OWN_ENGINE").is_some()
}
