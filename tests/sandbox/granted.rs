//! A plugin's imports are what it asks, the plan's grants are what it gets: an entry is bound only
//! where both agree, and what is bound is what was written and nothing else.

use std::collections::BTreeMap;
use std::path::PathBuf;

use deployhost::bind::{Binder, PreparedPlan};
use deployhost::command_error::CommandError;
use deployhost_plan::Plan;
use deployhost_policy::Location;
use deployhost_policy::compose::ProjectName;

use super::plugin_harness::{PluginHarness, bytes, sandbox, wait};
use crate::support::program::plugins;

const HTTP: &str =
    "grant.http = [{ origin = \"https://granted.example\", methods = [\"POST\"] }]\n";
const CONTAINERS: &str = "grant.containers = [{ project = \"hello\", services = [\"web\"] }]\n";

/// Binds a plan of one entry whose plugin has these bytes.
fn bind(plugin: &[u8], under: &str, written: &str) -> Result<PreparedPlan, CommandError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.toml");
    let mut text = String::from("version = 1\nname = \"hello\"\nenvironment = \"test\"\n");
    if under == "notify" {
        // A plan has a step.
        text += "[[step]]\nname = \"other\"\nplugin = \"other\"\n";
        text += &format!("config = {{ do = \"nothing\" }}\n{HTTP}{CONTAINERS}\n");
    }
    text += &format!("[[{under}]]\nname = \"one\"\nplugin = \"any\"\n{written}");
    std::fs::write(&file, text).unwrap();
    let plan = Plan::load(&file).map_err(CommandError::from)?;
    let ports = PluginHarness::default().ports();
    let resolve_project = |_: &[PathBuf], _: &[PathBuf]| ProjectName::new("of-compose");
    let binder = Binder {
        sandbox: sandbox(),
        cache: None,
        ports: &ports,
        resolve_project: &resolve_project,
    };
    wait(async {
        let mut loaded = BTreeMap::new();
        for entry in plan.entries() {
            let name = entry.name.to_string();
            let bytes = if name == "one" { plugin } else { bytes() };
            let location = Location::named("any.wasm");
            let plugin = binder.load(entry, location, bytes.to_vec()).await?;
            loaded.insert(name, plugin);
        }
        binder
            .bind(plan, &loaded, |_| {
                Err(CommandError::refused(
                    "test.no-secret",
                    "there is no secret",
                ))
            })
            .await
    })
}

/// The misbehaving plugin, with a config that its own check has nothing against.
fn bind_with(written: &str) -> Result<PreparedPlan, CommandError> {
    bind(
        bytes(),
        "step",
        &format!("config = {{ do = \"nothing\" }}\n{written}"),
    )
}

fn built(name: &str) -> Vec<u8> {
    std::fs::read(plugins().join(name).with_extension("wasm")).unwrap()
}

fn refused(bound: Result<PreparedPlan, CommandError>) -> String {
    let error = bound.err().unwrap();
    assert_eq!(error.exit_code(), 2, "{error}");
    error.to_string()
}

#[test]
fn what_is_asked_and_not_granted_is_refused_by_its_name() {
    for (written, missing) in [("", "http"), (CONTAINERS, "http"), (HTTP, "containers")] {
        let output = refused(bind_with(written));
        assert!(
            output.starts_with(&format!(
                "its plugin asks for {missing}, and the entry grants none of it — "
            )),
            "{output}"
        );
        assert!(output.contains("plan.toml:"), "{output}");
        assert!(
            output.contains(&format!("write grant.{missing} = [")),
            "{output}"
        );
    }
}

#[test]
fn what_is_asked_and_granted_is_bound_as_it_is_written() {
    let bound = bind_with(&format!("{HTTP}{CONTAINERS}")).ok().unwrap();
    let [step] = &bound.bound_plan.steps[..] else {
        panic!("{}", bound.bound_plan.steps.len())
    };
    let granted = &step.grants;
    assert_eq!(granted.http.len(), 1);
    assert_eq!(
        granted.http[0].origin.to_string(),
        "https://granted.example"
    );
    assert!(!granted.http[0].private);
    assert_eq!(granted.containers.len(), 1);
    assert_eq!(granted.containers[0].project.as_str(), "hello");
    assert_eq!(granted.containers[0].services.as_ref().unwrap().len(), 1);
    for never in ["git", "compose", "files", "wasi"] {
        assert!(!granted.covers(never), "{never}");
    }
    assert_eq!(
        bound.grants,
        [(
            "one".to_owned(),
            vec![
                "http: POST to https://granted.example".to_owned(),
                "containers: restart, stop and start web of project hello".to_owned(),
            ]
        )]
    );
}

#[test]
fn what_is_granted_and_not_asked_gives_nothing() {
    // This one has no import that it could use the grant with.
    let config = "config = { url = \"https://hello.example/\" }\n";
    let bound = bind(
        &built("http-healthcheck"),
        "step",
        &format!("{config}{CONTAINERS}"),
    );
    let bound = bound.ok().unwrap();
    let plugin = &bound.bound_plan.steps[0].plugin;
    assert!(!plugin.capabilities.iter().any(|it| it == "containers"));
    assert!(bound.bound_plan.steps[0].grants.containers.is_empty());
    let [warning] = &bound.warnings[..] else {
        panic!("{:?}", bound.warnings)
    };
    assert_eq!(
        warning.message,
        "grant.containers gives nothing, since the plugin of one does not ask for containers"
    );
    // Where, and what to do.
    let output = warning.to_string();
    assert!(
        output.starts_with(&format!("{} — ", warning.message)),
        "{output}"
    );
}

#[test]
fn what_is_neither_is_not_there() {
    let config = "config = { url = \"https://hello.example/\" }\n";
    let bound = bind(&built("http-healthcheck"), "step", config)
        .ok()
        .unwrap();
    let granted = &bound.bound_plan.steps[0].grants;
    // Its config grants exactly the origin that it names.
    assert_eq!(granted.http.len(), 1);
    assert_eq!(granted.http[0].origin.to_string(), "https://hello.example");
    for never in ["git", "containers", "compose", "files", "wasi"] {
        assert!(!granted.covers(never), "{never}");
    }
    assert_eq!((bound.trees().count(), bound.projects().count()), (0, 0));
}

#[test]
fn a_grant_that_nothing_enforces_is_refused() {
    for (key, written) in [
        ("wasi", "grant.wasi = true\n"),
        (
            "files",
            "grant.files = [{ folder = \"/tmp\", write = true }]\n",
        ),
    ] {
        let output = refused(bind_with(&format!("{HTTP}{CONTAINERS}{written}")));
        let expected = format!("unknown key `{key}` in `grant`");
        assert!(output.starts_with(&expected), "{output}");
    }
}

#[test]
fn a_notifier_is_no_step_and_a_step_no_notifier() {
    let output = refused(bind(&built("discord-notify"), "step", ""));
    assert!(
        output.starts_with("this plugin is a notifier — "),
        "{output}"
    );
    assert!(output.ends_with(" — put it under [[notify]]"), "{output}");
    let output = refused(bind(&built("http-healthcheck"), "notify", ""));
    assert!(output.starts_with("this plugin is a step — "), "{output}");
    assert!(output.ends_with(" — put it under [[step]]"), "{output}");
}

#[test]
fn what_its_own_check_finds_is_placed_in_the_plan_and_moves_no_cursor() {
    let config = "config = { do = \"say\", text = \"up\\ndate\" }\n";
    let output = refused(bind(
        bytes(),
        "step",
        &format!("{config}{HTTP}{CONTAINERS}"),
    ));
    assert!(output.starts_with("config.do: up date — "), "{output}");
    assert!(output.contains("plan.toml:7:"), "{output}");
    // A check that breaks is the entry's problem.
    let config = "config = { do = \"trap\" }\n";
    let output = refused(bind(
        bytes(),
        "step",
        &format!("{config}{HTTP}{CONTAINERS}"),
    ));
    assert!(
        output.starts_with("its plugin cannot check the config: it crashed: "),
        "{output}"
    );
    assert!(output.ends_with(" — entry one"), "{output}");
}

#[test]
fn a_config_is_held_against_the_schema_that_the_plugin_brought() {
    let output = refused(bind(
        bytes(),
        "step",
        &format!("config = {{ do = \"nothing\", txet = \"\" }}\n{HTTP}{CONTAINERS}"),
    ));
    assert!(
        output.contains("txet") && output.contains("plan.toml:7:"),
        "{output}"
    );
}
