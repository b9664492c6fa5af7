//! What the program promises, shown on the real thing: real git repositories, the real Docker daemon
//! and docker-compose, real sockets. What a test asserts it asks Docker, git or the page; what the
//! program says must then agree.
//!
//! To add a test: a function in the module that names what it shows, or a new module named below.
//! `fixture` builds what tests need; a fixture takes everything away again when it is dropped.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod all_outcomes;
mod arrows;
mod canary;
mod change_detection;
mod commit_evidence;
mod compose_settings;
mod compose_version;
mod custom_plugins;
mod discord;
mod dry_run;
mod each_compose;
mod engines;
mod examples;
mod failing_deployments;
mod fixture;
mod github;
mod hello_example;
mod killed_runs;
mod locks;
mod looking_ahead;
mod manual_changes;
mod mount_table;
mod notifications;
mod notify_command;
mod notify_fixture;
mod own_engine;
mod pinned_plugins;
mod readme;
mod refused_fetch;
mod rollback_sources;
mod root_owned_files;
mod safe_rendering;
mod sandbox;
mod shared_project;
mod signals;
mod slow_service;
mod status;
mod support;
mod taking_over;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Folders that are not of these tests: cases that are found by listing them, and a plugin's crate.
const CASES: [&str; 11] = [
    "events",
    "granted",
    "messages",
    "misbehaving_plugin",
    "plans",
    "rows",
    "stacks",
    "refusals",
    "terminal",
    "texts",
    "workflows",
];

/// A file that no module names would never run, and nobody would notice.
#[test]
fn every_file_here_is_part_of_the_tests() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests");
    let mut named = named_by(&here.join("main.rs"));
    named.extend(named_by(&here.join("cases/main.rs")));
    named.extend(named_by(&here.join("compose_matrix/main.rs")));
    named.extend(named_by(&here.join("bench/main.rs")));
    assert_eq!(found(&here), named);
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

/// The file of a module that has a folder to itself, and those of the modules that it names.
fn named_by(root: &Path) -> BTreeSet<PathBuf> {
    let folder = root.parent().unwrap();
    let text = std::fs::read_to_string(root).unwrap();
    let mut files = BTreeSet::from([root.to_owned()]);
    let mut elsewhere = false;
    for line in text.lines() {
        // What several binaries have is found where it lies.
        if std::mem::replace(&mut elsewhere, line.starts_with("#[path")) {
            continue;
        }
        let line = line.trim_start_matches("pub ");
        let Some(module) = line
            .strip_prefix("mod ")
            .and_then(|it| it.strip_suffix(';'))
        else {
            continue;
        };
        match folder.join(module).is_dir() {
            true => files.extend(named_by(&folder.join(module).join("mod.rs"))),
            false => drop(files.insert(folder.join(module).with_extension("rs"))),
        }
    }
    files
}
