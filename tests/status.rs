//! `status` looks: what somebody did to a target since its last release is said, and what is only
//! remembered is never said in the present tense.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::fixture::Fixture;
use crate::fixture::compose::{PUBLISHED, greeting, services};
use crate::fixture::docker::docker;
use crate::fixture::repository::git;
use crate::fixture::wait::wait_until;

fn deployed(word: &str) -> Fixture {
    let fixture = Fixture::new(word);
    fixture.commit("Hello", &[("compose.yml", &greeting("hello"))]);
    fixture.run().exits(0);
    fixture
}

fn state(fixture: &Fixture, code: i32) -> Value {
    let told = fixture.asks("status", &["--json"]).exits(code);
    told.events().remove(0)
}

#[test]
fn what_was_released_is_seen_to_run() {
    let fixture = deployed("seen");
    let head = fixture.head();
    let containers = fixture.containers();
    fixture
        .asks("status", &[])
        .exits(0)
        .says(&format!("runs {} \"Hello\", released by run ", &head[..7]));
    let told = state(&fixture, 0);
    assert_eq!(told["state"], "as-released");
    assert_eq!(told["commit"], head.as_str());
    // A newer commit is no difference from what was released, and it is not looked for.
    fixture.commit("Goodbye", &[("compose.yml", &greeting("goodbye"))]);
    std::fs::rename(fixture.remote(), fixture.path("away")).unwrap();
    assert_eq!(state(&fixture, 0)["state"], "as-released");
    assert_eq!(fixture.containers(), containers);
}

#[test]
fn nothing_is_said_of_what_was_never_released() {
    let fixture = Fixture::without_containers("never");
    let told = fixture.asks("status", &[]).exits(2);
    told.says("has never been deployed from here");
    assert!(!fixture.state().exists());
}

/// B2: nobody told the journal.
#[test]
fn b2_what_was_done_by_hand_is_named() {
    let fixture = deployed("by-hand");
    let web = fixture.container("web").id;
    docker(&["kill", &web]);
    let told = fixture.asks("status", &[]).exits(3);
    told.says("differs from").says("web").never_says(" runs ");
    assert_eq!(state(&fixture, 3)["differs"][0]["step"], "app");
    fixture.run().exits(0);
    assert_eq!(state(&fixture, 0)["state"], "as-released");

    let first = fixture.head();
    fixture.commit("Goodbye", &[("compose.yml", &greeting("goodbye"))]);
    fixture.run().exits(0);
    git(&fixture.tree(), &["reset", "--quiet", "--hard", &first]);
    let told = state(&fixture, 3);
    assert_eq!(told["differs"][0]["step"], "code", "{told}");
    assert_eq!(fixture.head(), first);
}

/// B1: a way back that failed, then runs that did nothing.
#[test]
fn b1_a_run_that_did_nothing_settles_nothing() {
    let fixture = deployed("settles");
    let web = fixture.container("web").id;
    docker(&["rm", "--force", &web]);
    fixture.commit("No file", &[("compose.yml", "services: 1\n")]);
    fixture.run().exits(2);
    let told = fixture.asks("status", &[]).exits(3);
    told.says("differs from").says("last run ").says("refused");
}

/// B4: who is at it, since when, and where it is.
#[test]
fn b4_a_run_in_progress_is_said() {
    let fixture = deployed("progress");
    let slow = services(&[("web", &[PUBLISHED, "environment: { DELAY: 8 }"])]);
    fixture.commit("Slow", &[("compose.yml", &slow)]);
    let mut running = fixture.start();
    running.until("applying", "app");
    let told = fixture.asks("status", &[]).exits(75);
    told.says("is in progress since").never_says(" runs ");
    assert_eq!(state(&fixture, 75)["state"], "in-progress");
    let _ended = running.end();
}

/// B2: Docker started the same again; that is what was released.
#[test]
fn b2_a_container_that_was_started_again_runs_what_was_released() {
    let fixture = deployed("again");
    let web = fixture.container("web");
    docker(&["restart", &web.id]);
    assert_ne!(fixture.container("web").started_at, web.started_at);
    assert_eq!(state(&fixture, 0)["state"], "as-released");
}

/// B2: a run that was killed after it had moved the tree, whose journal is no witness of it.
#[test]
fn b2_a_killed_run_and_an_older_journal_are_seen_through() {
    let fixture = deployed("killed");
    let older = fixture.path("older");
    copy_folder(&fixture.state(), &older);
    fixture.commit("Goodbye", &[("compose.yml", &greeting("goodbye"))]);
    let mut run = fixture.start();
    run.until("applied", "code");
    run.kill();
    // A child of the killed run may still be at it.
    wait_until("nobody is at it", || {
        fixture.asks("status", &[]).status.code() != Some(75)
    });
    let told = state(&fixture, 3);
    let steps = told["differs"].as_array().unwrap().iter();
    let steps: Vec<&str> = steps.map(|it| it["step"].as_str().unwrap()).collect();
    assert_eq!(steps[0], "code", "{told}");
    fixture.run().exits(0);
    assert_eq!(state(&fixture, 0)["state"], "as-released");

    std::fs::remove_dir_all(fixture.state()).unwrap();
    copy_folder(&older, &fixture.state());
    let told = state(&fixture, 3);
    assert_eq!(told["differs"][0]["step"], "code", "{told}");
    assert!(fixture.page().contains("goodbye"));
}

fn copy_folder(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.unwrap().success());
}

/// C10: what stood in the tree is kept before a release takes its place, and its way back is said.
#[test]
fn c10_what_was_changed_by_hand_is_kept_and_comes_back() {
    let fixture = deployed("kept");
    let tree = fixture.tree();
    std::fs::write(tree.join("note"), "a note\n").unwrap();
    git(&tree, &["add", "note"]);
    git(&tree, &["commit", "--quiet", "--message", "A note"]);
    let own = fixture.head();
    std::fs::write(tree.join("note"), "a note, changed\n").unwrap();
    fixture.commit("Goodbye", &[("compose.yml", &greeting("goodbye"))]);
    let told = fixture.asks("run", &["--dry-run"]).exits(0);
    told.says("differing from the commit, and kept first: note");
    fixture.run().exits(0).says("is kept");
    assert!(!tree.join("note").exists());

    let told = fixture.asks("status", &[]).exits(0);
    told.says("\"A note\", never pushed")
        .says("what differed from the commit: note");
    let kept = state(&fixture, 0)["kept"].as_array().unwrap().clone();
    assert_eq!(kept.len(), 2, "{kept:?}");
    for kept in &kept {
        let command = kept["command"].as_str().unwrap();
        told.says(command);
        let typed = Command::new("sh").args(["-c", command]).status().unwrap();
        assert!(typed.success(), "{command}");
    }
    let text = std::fs::read_to_string(tree.join("note")).unwrap();
    assert_eq!(text, "a note, changed\n");
    let branch = format!("kept-{}", &own[..7]);
    assert_eq!(git(&tree, &["rev-parse", &branch]), own);
}
