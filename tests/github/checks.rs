//! The workflows of the examples are what GitHub takes, and give nothing away.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::program::{repository, target};

/// What each check says of a workflow that it does not pass.
fn faults(workflow: &Path) -> Vec<String> {
    let checks = target().join("workflow-checks/bin");
    let mut faults = Vec::new();
    for (check, arguments) in [
        (
            "check-jsonschema",
            &["--builtin-schema", "vendor.github-workflows"][..],
        ),
        (
            "zizmor",
            &[
                "--offline",
                "--no-config",
                "--strict-collection",
                "--pedantic",
                "--no-ignores",
            ],
        ),
    ] {
        let ran = Command::new(checks.join(check))
            .args(arguments)
            .arg(workflow)
            .output()
            .unwrap_or_else(|error| panic!("{check}: {error}: run bash .ci/setup test"));
        if !ran.status.success() {
            let output = [ran.stdout, ran.stderr].concat();
            faults.push(format!("{check}: {}", String::from_utf8_lossy(&output)));
        }
    }
    faults
}

fn workflows(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        file.extension()
            .is_some_and(|it| it == "yml" || it == "yaml")
    });
    files
}

#[test]
fn every_workflow_passes_its_checks() {
    let examples = std::fs::read_dir(repository().join("examples")).unwrap();
    let mut found: Vec<PathBuf> = examples
        .flat_map(|example| workflows(&example.unwrap().path().join("workflows")))
        .collect();
    found.extend(workflows(&repository().join(".github/workflows")));
    assert!(found.len() >= 2, "{found:?}");
    for workflow in found {
        assert_eq!(
            faults(&workflow),
            Vec::<String>::new(),
            "{}",
            workflow.display()
        );
    }
}

#[test]
fn a_bad_workflow_does_not() {
    for (name, check, why) in [
        ("injected.yml", "zizmor", "template-injection"),
        ("misspelt.yml", "check-jsonschema", "cancel-in-progres"),
    ] {
        let folder = repository().join("tests/github/workflows");
        let faults = faults(&folder.join(name));
        let found = faults
            .iter()
            .any(|it| it.starts_with(check) && it.contains(why));
        assert!(found, "{name}: {faults:#?}");
    }
}
