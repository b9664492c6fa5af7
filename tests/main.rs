//! What the program promises, shown on the real thing: real git repositories, the real Docker daemon
//! and docker-compose, real sockets. What a test asserts it asks Docker, git or the page; what the
//! program says must then agree.
//!
//! To add a test: a function in the module that names what it shows, or a new module named below.
//! `site` builds what tests need; a site takes everything away again when it is dropped.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod arrows;
mod breaking;
mod by_hand;
mod canary;
mod changing;
mod deploying;
mod discord;
mod dry_run;
mod examples;
mod extending;
mod found;
mod github;
mod inherited;
mod killed;
mod locks;
mod neighbours;
mod readme;
mod sandbox;
mod signals;
mod site;
mod slow;
mod telling;
mod witness;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Folders that are not of these tests: cases that are found by listing them, and a plugin's crate.
const CASES: [&str; 6] = ["plans", "texts", "zoo", "events", "messages", "workflows"];

/// A file that no module names would never run, and nobody would notice.
#[test]
fn every_file_here_is_part_of_the_tests() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests");
    assert_eq!(found(&here), named(&here, "main.rs"));
}

fn found(folder: &Path) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if CASES.iter().any(|cases| entry.file_name() == *cases) {
            continue;
        }
        match entry.file_type().unwrap().is_dir() {
            true => files.extend(found(&entry.path())),
            false => drop(files.insert(entry.path())),
        }
    }
    files
}

/// The file of a folder's root module, and those of the modules that it names.
fn named(folder: &Path, root: &str) -> BTreeSet<PathBuf> {
    let root = folder.join(root);
    let text = std::fs::read_to_string(&root).unwrap();
    let mut files = BTreeSet::from([root]);
    for line in text.lines() {
        let line = line.trim_start_matches("pub ");
        let Some(module) = line
            .strip_prefix("mod ")
            .and_then(|it| it.strip_suffix(';'))
        else {
            continue;
        };
        match folder.join(module).is_dir() {
            true => files.extend(named(&folder.join(module), "mod.rs")),
            false => drop(files.insert(folder.join(module).with_extension("rs"))),
        }
    }
    files
}
