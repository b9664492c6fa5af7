//! Plugins that are written here and compiled by the program while the tests run, as their authors
//! would, with the SDK alone.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::program::{binary, repository, target};
use crate::readme;

const GATE: &str = r#"
use deployhost_plugin::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(crate = "deployhost_plugin::serde", deny_unknown_fields)]
#[schemars(crate = "deployhost_plugin::schemars")]
pub struct Config {
    /// A commit with this word in its subject is not deployed.
    forbidden: String,
}

pub struct Gate;

impl Step for Gate {
    type Config = Config;
    const ROLE: Role = Role::Gate;
    const RECOVERY: Recovery = Recovery::None;

    fn plan(context: &Context, config: &Config, _: Option<&str>) -> Result<Proposal, Failure> {
        match &context.commit {
            Some(commit) if commit.subject.contains(&config.forbidden) => {
                Err(Failure::Permanent(format!("the subject says {}", config.forbidden)))
            }
            _ => Ok(Proposal::nothing()),
        }
    }

    fn apply(_: &Context, _: &Config, _: Option<&str>) -> Result<Receipt, Failure> {
        Ok(Receipt::saying("nothing forbidden in it"))
    }

    fn undo(_: &Context, _: &Config, _: Option<&Receipt>) -> Result<(), Failure> {
        Ok(())
    }
}

deployhost_plugin::step!(Gate);
"#;

const TOWN_CRIER: &str = r#"
use deployhost_plugin::http::{self, Request};
use deployhost_plugin::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(crate = "deployhost_plugin::serde", deny_unknown_fields)]
#[schemars(crate = "deployhost_plugin::schemars")]
pub struct Config {
    #[schemars(extend("x-grant" = "http-write"))]
    webhook: String,
}

pub struct TownCrier;

impl Notifier for TownCrier {
    type Config = Config;

    fn notify(event: &Event, config: &Config, _: Option<&str>) -> Result<Option<String>, Failure> {
        let body = serde_json::json!({ "content": format!("Hear ye! It is {}!", event.kind) });
        http::send(&Request::new("POST", config.webhook.clone()).json(&body))?;
        Ok(None)
    }
}

deployhost_plugin::notifier!(TownCrier);
"#;

/// Tells all that it is told, as it was told it.
const HERALD: &str = r#"
use deployhost_plugin::http::{self, Request};
use deployhost_plugin::prelude::*;

#[derive(Deserialize, JsonSchema)]
#[serde(crate = "deployhost_plugin::serde", deny_unknown_fields)]
#[schemars(crate = "deployhost_plugin::schemars")]
pub struct Config {
    #[schemars(extend("x-grant" = "http-write"))]
    webhook: String,
}

pub struct Herald;

impl Notifier for Herald {
    type Config = Config;

    fn notify(event: &Event, config: &Config, memory: Option<&str>) -> Result<Option<String>, Failure> {
        let context = &event.context;
        let body = serde_json::json!({
            "content": event.kind,
            "run": context.run,
            "commit": context.commit.as_ref().map(|commit| &commit.id),
            "details": context.details,
            "at": event.at_unix_ms,
            "steps": event.steps,
            "problem": event.problem,
            "by-hand": event.by_hand,
            "memory": memory,
        });
        let answer = http::send(&Request::new("POST", config.webhook.clone()).json(&body))?;
        match answer.status {
            200..=299 => Ok(Some(format!("after {}", event.kind))),
            404 => Err(Failure::Permanent("gone".to_owned())),
            status => Err(Failure::Temporary(format!("status {status}"))),
        }
    }
}

deployhost_plugin::notifier!(Herald);
"#;

/// A component built from source; by name: `gate`, `town-crier`, `herald`, or `welcome`, the
/// README's own.
pub fn plugin(name: &str) -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let file = BUILT.get_or_init(build).join(name).with_extension("wasm");
    assert!(file.is_file(), "{} was not built", file.display());
    file
}

/// Builds them in cargo's target folder, where the next run finds what did not change; the folder
/// that they are in.
fn build() -> PathBuf {
    let folder = target().join("workshop");
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"gate\", \"herald\", \"town-crier\", \"welcome\"]\n",
    );
    write("gate/Cargo.toml", &manifest("gate", "[]"));
    write("gate/src/lib.rs", GATE);
    write(
        "town-crier/Cargo.toml",
        &manifest("town-crier", "[\"http\"]"),
    );
    write("town-crier/src/lib.rs", TOWN_CRIER);
    write("herald/Cargo.toml", &manifest("herald", "[\"http\"]"));
    write("herald/src/lib.rs", HERALD);
    write("welcome/Cargo.toml", &manifest("welcome", "[]"));
    write("welcome/src/lib.rs", &readme::block("rust"));
    // The versions that are already here, so that nothing is fetched.
    let lock = repository().join("Cargo.lock");
    std::fs::copy(lock, folder.join("Cargo.lock")).unwrap();
    let built = Command::new(binary())
        .args([
            "plugin",
            "build",
            "gate",
            "herald",
            "town-crier",
            "welcome",
            "--out",
            "out",
        ])
        .current_dir(&folder)
        // What the SDK needs is compiled once for all plugins.
        .env("CARGO_TARGET_DIR", target())
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "plugin build: {err}");
    folder.join("out")
}

fn manifest(name: &str, features: &str) -> String {
    let sdk: &Path = &repository().join("plugins/sdk");
    format!(
        "[package]\nname = {name:?}\nversion = \"0.1.0\"\nedition = \"2024\"\n\
         description = \"Written for a test\"\n\n\
         [lib]\ncrate-type = [\"cdylib\", \"rlib\"]\n\n\
         [dependencies]\ndeployhost-plugin = {{ path = {sdk:?}, features = {features} }}\n"
    )
}
