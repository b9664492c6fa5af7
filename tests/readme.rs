//! What the README shows is true: its plan, its plugin, its commands.

use std::fs;
use std::process::{Command, Output};

use crate::fixture::plugin_builder;
use crate::fixture::readme::block;
use crate::support::program;

fn deployhost(arguments: &[&str], webhook: &str) -> Output {
    Command::new(program::binary())
        .args(arguments)
        .env("DISCORD_WEBHOOK_URL", webhook)
        .output()
        .unwrap()
}

#[test]
fn its_plan_can_be_checked() {
    let folder = tempfile::tempdir().unwrap();
    let (plan, state) = (folder.path().join("prod.toml"), folder.path().join("state"));
    fs::write(&plan, block("toml")).unwrap();
    let token = "t".repeat(68);
    let ran = deployhost(
        &[
            "check",
            "--plan",
            plan.to_str().unwrap(),
            "--state",
            state.to_str().unwrap(),
            "--plugin-path",
            program::plugins().to_str().unwrap(),
        ],
        &format!("https://discord.com/api/webhooks/112233445566778899/{token}"),
    );
    let (out, errors) = (
        String::from_utf8_lossy(&ran.stdout).into_owned(),
        String::from_utf8_lossy(&ran.stderr),
    );
    assert!(ran.status.success(), "{errors}");
    assert!(out.contains("shop/production can be run"), "{out}");
    assert!(out.contains("uses the secret discord, unseen"), "{out}");
    assert!(!out.contains(&token), "{out}");
}

#[test]
fn its_plugin_is_one() {
    let plugin = plugin_builder::plugin("welcome");
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let arguments = [
        "plugin",
        "inspect",
        plugin.to_str().unwrap(),
        "--state",
        state.to_str().unwrap(),
    ];
    let ran = deployhost(&arguments, "");
    let out = String::from_utf8_lossy(&ran.stdout);
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    assert!(out.contains("role      gate"), "{out}");
    assert!(out.contains("http-read"), "{out}");
}

#[test]
fn its_commands_exist() {
    let text = fs::read_to_string(program::repository().join("README.md")).unwrap();
    let quoted = text.split('`').skip(1).step_by(2);
    let commands: Vec<&str> = quoted.filter(|it| it.starts_with("deployhost ")).collect();
    assert!(commands.len() > 6, "{commands:?}");
    for command in commands {
        // The help of a command is given only where the words before it are known to it.
        let words: Vec<&str> = command
            .split_whitespace()
            .skip(1)
            .chain(["--help"])
            .collect();
        let ran = deployhost(&words, "");
        assert!(
            ran.status.success(),
            "{command}: {}",
            String::from_utf8_lossy(&ran.stderr)
        );
    }
}

#[test]
fn its_make_targets_exist() {
    let top = program::repository();
    let makefile = fs::read_to_string(top.join("Makefile")).unwrap();
    let text = fs::read_to_string(top.join("README.md")).unwrap();
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut targets: Vec<&str> = words
        .windows(2)
        .filter(|pair| pair[0].trim_start_matches('`') == "make")
        .map(|pair| pair[1].trim_matches('`'))
        .collect();
    targets.sort_unstable();
    targets.dedup();
    assert!(
        targets.contains(&"demo") && targets.contains(&"test"),
        "{targets:?}"
    );
    for target in targets {
        assert!(makefile.contains(&format!("\n{target}:")), "make {target}");
    }
}
