//! `tests/plans`: each `invalid/*.toml` is refused with exactly the line in the `.txt` beside it
//! (`BLESS=1` writes it), each `valid/*.toml` is not refused. Adding a case needs no Rust.
//!
//! A plan is loaded, its entries are checked against `schemas/PLUGIN.json` where there is one, and
//! it is sent through the journal's form and back.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use deployhost_plan::{Plan, Schema, StepNature};
use deployhost_policy::compose::ProjectName;
use deployhost_policy::{Code, Diagnostic, Recovery, Role};
use deployhost_runtime::capabilities::markers;

use crate::effective_grants::GrantReader;

fn plans() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/plans")
}

fn stems(folder: &str, extension: &str) -> BTreeSet<String> {
    std::fs::read_dir(plans().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

fn schema(plugin: &str) -> Option<Schema> {
    let text = std::fs::read_to_string(plans().join(format!("schemas/{plugin}.json"))).ok()?;
    Some(Schema::parse(plugin, &text, &markers()).unwrap())
}

fn prepared(file: &Path) -> Result<Plan, Diagnostic> {
    let mut plan = Plan::load(file)?;
    let (folder, secrets) = (plan.folder.clone(), plan.secrets.clone());
    for entry in plan.entries_mut() {
        if let Some(schema) = schema(&entry.plugin.to_string()) {
            let reader = GrantReader {
                folder: &folder,
                secrets: &secrets,
                resolve_project: &|_, _| ProjectName::new("shop"),
            };
            reader.resolve(entry, &schema)?;
        }
    }
    plan.check_recovery(|entry| {
        let (role, recovery) = match entry.plugin.to_string().as_str() {
            "http-healthcheck" => (Role::Verify, Recovery::None),
            "send-mail" => (Role::Change, Recovery::None),
            _ => (Role::Change, Recovery::Pin),
        };
        StepNature { role, recovery }
    })?;
    Ok(plan)
}

#[test]
fn invalid_plans_are_refused_with_exactly_this_line() {
    let bless = std::env::var_os("BLESS").is_some();
    let folder = plans().join("invalid").canonicalize().unwrap();
    let mut wrong = Vec::new();
    for stem in stems("invalid", "toml") {
        let file = plans().join(format!("invalid/{stem}.toml"));
        let line = match prepared(&file) {
            Ok(_) => "accepted".to_owned(),
            Err(diagnostic) => diagnostic.to_string(),
        };
        assert!(!line.contains('\n'), "{stem}: {line}");
        let line = line
            .replace(&format!("{}/", plans().join("invalid").display()), "")
            .replace(&format!("{}/", folder.display()), "");
        let expected = plans().join(format!("invalid/{stem}.txt"));
        if bless {
            std::fs::write(&expected, format!("{line}\n")).unwrap();
        }
        let expected = std::fs::read_to_string(&expected).unwrap_or_default();
        if line == "accepted" || expected.trim_end() != line {
            wrong.push(format!(
                "{stem}\n  expected: {}\n  said:     {line}",
                expected.trim_end()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_case_has_its_line_and_every_line_its_case() {
    assert_eq!(stems("invalid", "toml"), stems("invalid", "txt"));
    assert!(stems("invalid", "toml").len() >= 60);
}

#[test]
fn valid_plans_are_accepted_and_survive_the_journal() {
    let stems = stems("valid", "toml");
    assert!(!stems.is_empty());
    for stem in stems {
        let plan = prepared(&plans().join(format!("valid/{stem}.toml")));
        let plan = plan.unwrap_or_else(|diagnostic| panic!("{stem}: {diagnostic}"));
        let meant = plan.to_resolved_json().unwrap();
        let text = meant.to_string();
        let read = Plan::from_resolved_json(serde_json::from_str(&text).unwrap()).unwrap();
        assert_eq!(read.to_resolved_json().unwrap().to_string(), text, "{stem}");
        assert_eq!(read.timeout, plan.timeout);
    }
}

#[test]
fn every_problem_has_a_code_a_location_and_no_secret() {
    for stem in stems("invalid", "toml") {
        let diagnostic = prepared(&plans().join(format!("invalid/{stem}.toml"))).unwrap_err();
        let code = diagnostic.code.as_str();
        assert!(Code::parse(code).is_some() && code.contains('.'), "{code}");
        assert!(diagnostic.location.is_some(), "{stem}: {diagnostic:?}");
        assert!(!format!("{diagnostic:?}").contains("hunter22"), "{stem}");
    }
}

#[test]
fn no_message_repeats_a_secret() {
    for stem in stems("invalid", "txt") {
        let said = std::fs::read_to_string(plans().join(format!("invalid/{stem}.txt"))).unwrap();
        assert!(!said.contains("hunter22"), "{stem}: {said}");
    }
}
