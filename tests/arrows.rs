//! The arrows of the house: which part may know which. Reads the sources as text.

use std::fs;
use std::path::{Path, PathBuf};

/// A word of the source, and the files below `host/src` that may hold it.
const ONLY: &[(&str, &[&str])] = &[
    ("wasmtime::", &["sandbox/", "capability/"]),
    ("bollard::", &["adapter/docker"]),
    ("reqwest::", &["adapter/fetch"]),
    ("rusqlite::", &["adapter/journal"]),
    ("cap_std::", &["adapter/state", "adapter/store"]),
    ("clap::", &["main.rs", "command/"]),
    ("println!", &["command/"]),
    ("unsafe {", &["sandbox/cache.rs"]),
];

/// A part of the house, and the parts that it must not know.
const NEVER: &[(&str, &[&str])] = &[
    (
        "adapter/",
        &[
            "sandbox", "config", "drive", "wiring", "command", "bind", "bundle", "scribe",
            "notices",
        ],
    ),
    (
        "sandbox/",
        &[
            "adapter", "config", "drive", "wiring", "command", "bind", "scribe",
        ],
    ),
    (
        "capability/",
        &[
            "adapter", "sandbox", "config", "drive", "wiring", "command", "bind", "scribe",
        ],
    ),
    (
        "config/",
        &[
            "adapter", "sandbox", "drive", "wiring", "command", "bind", "scribe",
        ],
    ),
    ("drive.rs", &["adapter", "config", "wiring", "command"]),
    (
        "scribe.rs",
        &["adapter", "config", "sandbox", "wiring", "command"],
    ),
    ("notices.rs", &["adapter", "config", "wiring", "command"]),
    ("bind.rs", &["adapter", "wiring", "command"]),
    ("powers.rs", &["adapter", "wiring", "command"]),
    ("command/", &["adapter", "sandbox"]),
];

/// Longest source file, tests aside.
const LINES: usize = 400;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every Rust file below a folder: its path from there, and its code without comments and tests.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap_or_else(|e| panic!("{}: {e}", next.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                let name = path
                    .strip_prefix(folder)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                let code: Vec<&str> = code
                    .lines()
                    .filter(|line| !line.trim_start().starts_with("//"))
                    .collect();
                found.push((name, code.join("\n")));
            }
        }
    }
    assert!(found.len() > 3, "no sources below {}", folder.display());
    found
}

/// Files that hold nothing but tests of the file or folder they belong to.
fn is_test(name: &str) -> bool {
    let stem = Path::new(name).file_stem().and_then(|stem| stem.to_str());
    ["tests", "cases"].contains(&stem.unwrap_or_default()) || name.contains("tests/")
}

#[test]
fn each_outside_crate_is_known_in_one_place() {
    let mut wrong = Vec::new();
    for (name, code) in sources(&root().join("host/src")) {
        for (word, places) in ONLY {
            let known = places.iter().any(|place| name.starts_with(place));
            let used = code.contains(word)
                || code.contains(&format!("use {};", word.trim_end_matches(':')));
            if !known && !is_test(&name) && used {
                wrong.push(format!("host/src/{name} knows {word}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn parts_know_only_what_lies_further_in() {
    let mut wrong = Vec::new();
    for (name, code) in sources(&root().join("host/src")) {
        for (part, strangers) in NEVER {
            if !name.starts_with(part) || is_test(&name) {
                continue;
            }
            for stranger in *strangers {
                let known = ["::", ";", ","]
                    .iter()
                    .any(|end| code.contains(&format!("crate::{stranger}{end}")));
                if known {
                    wrong.push(format!("host/src/{name} knows {stranger}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_engine_knows_serde_and_nothing_else() {
    let manifest = fs::read_to_string(root().join("host/engine/Cargo.toml")).unwrap();
    let (_, after) = manifest.split_once("[dependencies]").unwrap();
    let section = after.split("\n[").next().unwrap();
    let crates: Vec<&str> = section
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .collect();
    assert_eq!(crates, ["serde"]);
    for (name, code) in sources(&root().join("host/engine/src")) {
        for word in [
            "std::fs",
            "std::net",
            "std::process",
            "std::thread",
            "Instant",
            "SystemTime",
            "async ",
            "tokio",
        ] {
            assert!(
                !code.contains(word),
                "host/engine/src/{name} has {word}: the engine is pure"
            );
        }
    }
}

#[test]
fn a_file_is_one_noun() {
    let mut wrong = Vec::new();
    for folder in ["host/src", "host/engine/src", "plugins"] {
        for (name, code) in sources(&root().join(folder)) {
            let lines = code.lines().count();
            if lines > LINES && !is_test(&name) {
                wrong.push(format!("{folder}/{name} has {lines} lines of code"));
            }
            let stem = Path::new(&name).file_stem().and_then(|stem| stem.to_str());
            let nouns = ["util", "utils", "common", "helper", "helpers", "manager"];
            if nouns.contains(&stem.unwrap_or_default()) {
                wrong.push(format!("{folder}/{name}: what noun is that?"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn main_only_starts_the_program() {
    let main = fs::read_to_string(root().join("host/src/main.rs")).unwrap();
    assert!(main.lines().count() < 40);
}

#[test]
fn every_interface_has_its_capability_and_every_capability_its_interface() {
    let stems = |folder: &str, besides: &[&str]| -> Vec<String> {
        let mut stems: Vec<String> = fs::read_dir(root().join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .filter(|stem| !besides.contains(&stem.as_str()))
            .collect();
        stems.sort();
        stems
    };
    // What is exported or shared; what stands behind every capability.
    let wit = stems("wit", &["run", "step", "notifier", "world"]);
    let host = stems("host/src/capability", &["mod", "call", "secret"]);
    assert_eq!(wit, host);
}
