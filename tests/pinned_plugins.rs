//! A plugin is the bytes that it was when it was first used, until somebody has looked at the new ones.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::fixture::page::Served;
use crate::fixture::{Fixture, PlanEntry, RunningCommand, plugin_builder, trace};
use crate::support::program;

/// A tree and a page, whose health a plugin of the fixture's own checks.
fn sited(word: &str) -> (Fixture, Served, PathBuf) {
    let mut fixture = Fixture::without_containers(word);
    let served = Served::on(fixture.port, || "a page".to_owned());
    let own = fixture.path("plugins/own.wasm");
    std::fs::create_dir(own.parent().unwrap()).unwrap();
    std::fs::copy(built("http-healthcheck"), &own).unwrap();
    let url = format!("{:?}", fixture.plan.url);
    fixture.plan.without("health").steps.push(PlanEntry::new(
        "health",
        "plugins/own.wasm",
        &[("url", url.as_str())],
    ));
    (fixture, served, own)
}

fn built(name: &str) -> PathBuf {
    program::plugins().join(name).with_extension("wasm")
}

/// The same plugin in other bytes: with a section of its own that means nothing.
fn reworded(plugin: &Path) {
    let mut bytes = std::fs::read(plugin).unwrap();
    bytes.extend([0, 4, 3, b'a', b'n', b'y']);
    std::fs::write(plugin, bytes).unwrap();
}

fn pins(fixture: &Fixture) -> Option<String> {
    std::fs::read_to_string(fixture.path("plugins.toml")).ok()
}

#[test]
fn the_first_run_writes_what_every_plugin_is() {
    let (fixture, _served, own) = sited("first");
    fixture.commit("First", &[("README.md", "one\n")]);
    fixture.asks("check", &[]).exits(0);
    fixture.run_with(&["--dry-run"]).exits(0);
    assert_eq!(pins(&fixture), None, "looking pins nothing");

    fixture.run().exits(0).never_says("warning");
    let text = pins(&fixture).unwrap();
    let pin = |name: &str, file: &Path| {
        let sha256 = sha256(file);
        format!("[[plugin]]\nname = {name:?}\nversion = \"0.1.0\"\nsha256 = {sha256:?}\n")
    };
    let wanted = [
        pin("git-sync", &built("git-sync")),
        pin("plugins/own.wasm", &own),
    ];
    let (head, rest) = text.split_once("version = 1\n\n").unwrap();
    assert!(head.lines().all(|line| line.starts_with('#')), "{head}");
    assert_eq!(rest, wanted.join("\n"));
    let file = fixture.path("plugins.toml").metadata().unwrap();
    assert_eq!(file.permissions().mode() & 0o7777, 0o644);

    fixture.run().exits(0).says("unchanged");
    let again = fixture.path("plugins.toml").metadata().unwrap();
    assert_eq!(again.modified().unwrap(), file.modified().unwrap());
}

#[test]
fn other_bytes_are_refused_until_they_were_looked_at() {
    let (fixture, _served, own) = sited("reworded");
    let first = fixture.commit("First", &[("README.md", "one\n")]);
    fixture.run().exits(0);
    let before = pins(&fixture).unwrap();
    fixture.commit("Second", &[("README.md", "two\n")]);
    reworded(&own);
    for (command, options) in [("run", &[][..]), ("run", &["--dry-run"]), ("check", &[])] {
        fixture
            .asks(command, options)
            .exits(2)
            .says("error: the plugin plugins/own.wasm is another one than when it was pinned")
            .says(&format!("— {} — ", own.display()))
            .says("— deployhost plugin update --plan ")
            .never_says("started");
    }
    assert_eq!(fixture.head(), first);

    let shown = fixture.asks("plugin", &["update", "--dry-run"]).exits(0);
    shown
        .says("git-sync 0.1.0: as it was pinned")
        .says("plugins/own.wasm 0.1.0 → 0.1.0")
        .says("asks for, takes and grants the same as before");
    assert_eq!(pins(&fixture).unwrap(), before, "it was only shown");
    fixture.asks("plugin", &["update"]).exits(0);
    assert_ne!(pins(&fixture).unwrap(), before);
    fixture.run().exits(0).says("succeeded");
}

#[test]
fn what_another_plugin_asks_for_is_shown() {
    let (fixture, _served, own) = sited("other");
    fixture.commit("First", &[("README.md", "one\n")]);
    fixture.run().exits(0);
    std::fs::copy(plugin_builder::plugin("gate"), &own).unwrap();
    fixture
        .asks("plugin", &["update"])
        .exits(0)
        .says("asks for  - http")
        .says("config    + forbidden, - ")
        .says("grants    - http-read by url")
        .says("role      verify → gate");
    // What the plan has to say to the new one is another matter.
    fixture.run().exits(2).says("unknown key `url`");

    // Bytes that are no plugin are never taken.
    let before = pins(&fixture).unwrap();
    std::fs::write(&own, "text").unwrap();
    fixture
        .asks("plugin", &["update"])
        .exits(2)
        .says("not WebAssembly");
    assert_eq!(pins(&fixture).unwrap(), before);
}

#[test]
fn bytes_that_no_run_kept_cannot_be_compared_and_are_still_shown() {
    let (fixture, _served, own) = sited("unkept");
    fixture.commit("First", &[("README.md", "one\n")]);
    fixture.run().exits(0);
    reworded(&own);
    // Pinned, and never run.
    fixture.asks("plugin", &["update"]).exits(0);
    reworded(&own);
    fixture
        .asks("plugin", &["update"])
        .exits(0)
        .says("plugins/own.wasm 0.1.0 → 0.1.0")
        .says("its bytes of before are not kept in this state folder");
}

#[test]
fn a_release_has_its_own_plugins_whatever_is_pinned() {
    let (fixture, _served, own) = sited("released");
    let first = fixture.commit("First", &[("README.md", "one\n")]);
    fixture.run().exits(0);
    fixture.commit("Second", &[("README.md", "two\n")]);
    fixture.run().exits(0);
    reworded(&own);
    std::fs::write(fixture.path("plugins.toml"), "not ours").unwrap();
    fixture.asks("rollback", &[]).exits(0);
    assert_eq!(fixture.head(), first);
    assert_eq!(pins(&fixture).unwrap(), "not ours");
}

#[test]
fn a_plan_in_a_folder_that_cannot_be_written_runs_and_says_so() {
    let (fixture, _served, _) = sited("unwritable");
    fixture.commit("First", &[("README.md", "one\n")]);
    // What keeps even root from writing the file.
    std::fs::create_dir(fixture.path("plugins.toml.new")).unwrap();
    fixture
        .run()
        .exits(0)
        .says("warning: not pinned: git-sync, plugins/own.wasm: ")
        .says("plugins.toml — let the user who deploys write there");
    assert_eq!(pins(&fixture), None);
    // Who asks for nothing else is told that it was not done.
    fixture
        .asks("plugin", &["update"])
        .exits(2)
        .says("error: not pinned: ");
}

#[test]
fn a_plugin_is_read_once() {
    let (fixture, _served, own) = sited("once");
    fixture.commit("First", &[("README.md", "one\n")]);
    let lines = fixture.path("strace");
    let command = trace::under(&fixture.command(&fixture.plan, "run", &[]), &lines);
    RunningCommand::start(command, fixture.limit())
        .end()
        .exits(0);
    // What was hashed is what was compiled and kept: there was no second look at the file.
    let text = std::fs::read_to_string(&lines).unwrap();
    // As an argument: a call that another one interrupted has a second line for its answer.
    let named = format!("{:?}", own.display().to_string());
    let opened: Vec<_> = text.lines().filter(|line| line.contains(&named)).collect();
    assert_eq!(opened.len(), 1, "{opened:#?}");
}

fn sha256(file: &Path) -> String {
    let output = std::process::Command::new("sha256sum")
        .arg(file)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split(' ').next().unwrap().to_owned()
}
