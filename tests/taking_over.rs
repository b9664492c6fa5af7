//! A stack that was there before deployhost: what is refused by name, and what comes back when the first
//! deployment breaks.

use std::path::Path;

use crate::compose_version::ComposeVersion;
use crate::fixture::Fixture;
use crate::fixture::compose::{PUBLISHED, greeting, services};
use crate::fixture::docker::{WEB, docker};
use crate::fixture::page;
use crate::fixture::repository::git;
use crate::fixture::wait::wait_until;

fn up_by_hand(folder: &Path, project: &str) {
    let newest = &ComposeVersion::all()[0];
    newest.up(project, &[], folder).unwrap();
}

/// What the container of a service was made with.
fn shown(fixture: &Fixture, service: &str) -> String {
    let parts = "{{json .HostConfig}} {{json .Config.Env}} {{json .Config.Labels}}";
    docker(&["inspect", "-f", parts, &fixture.container(service).id])
}

fn found(word: &str, files: &[(&str, &str)]) -> Fixture {
    let fixture = Fixture::new(word);
    fixture.commit("One", files);
    fixture.clone_by_hand();
    fixture
}

/// Nothing of these is touched by a run that is refused.
fn refused(fixture: &Fixture, words: &[&str]) {
    let (before, head) = (fixture.containers(), fixture.head());
    for _ in 0..2 {
        let told = fixture.run().exits(2);
        for word in words {
            told.says(word);
        }
    }
    assert_eq!(fixture.containers(), before);
    assert_eq!(fixture.head(), head);
}

#[test]
fn a10_an_override_that_the_plan_does_not_name_is_refused() {
    let more = services(&[("web", &[PUBLISHED])]);
    let bare = services(&[("web", &["environment: { GREETING: one }"])]);
    let files = [
        ("compose.yml", bare.as_str()),
        ("compose.override.yml", &more),
    ];
    let mut fixture = found("override", &files);
    up_by_hand(&fixture.tree(), &fixture.name);
    let warned = fixture.asks("check", &[]).exits(0);
    warned
        .says("compose.override.yml")
        .says("the plan does not name it");
    refused(
        &fixture,
        &["compose.override.yml too", "which the plan does not name"],
    );

    fixture.plan.set(
        "app",
        "file",
        r#"["site/compose.yml", "site/compose.override.yml"]"#,
    );
    fixture.run().exits(0);
    assert!(fixture.page().contains("greeting one"));
}

#[test]
fn a10_a_strangers_container_is_refused_until_the_plan_names_it() {
    let one = services(&[("web", &[PUBLISHED, "environment: { GREETING: one }"])]);
    let mut fixture = found("stranger", &[("compose.yml", &one)]);
    let name = format!("{}-shop", fixture.name);
    let port = format!("127.0.0.1:{}:8080", fixture.port);
    let shop = [
        "run",
        "-d",
        "--name",
        &name,
        "-p",
        &port,
        "-e",
        "GREETING=shop",
        WEB,
    ];
    let id = docker(&shop);
    let in_the_way = format!("container {name} is in the way of web");
    refused(&fixture, &[&in_the_way, "has the port", "take_over"]);
    assert_eq!(
        docker(&["inspect", "-f", "{{.State.Status}}", &id]),
        "running"
    );

    fixture.plan.set("app", "take_over", &format!("[{name:?}]"));
    fixture
        .asks("check", &[])
        .exits(0)
        .says(&format!("taking over {name}"));
    let told = fixture.run_with(&["--dry-run"]).exits(0);
    told.says("take over web")
        .says("without Compose")
        .says("GREETING");
    fixture.run().exits(0).says("taken over web");
    assert!(fixture.page().contains("greeting one"));
    fixture.asks("status", &[]).exits(0);
    fixture.run().exits(0).says("unchanged");
}

#[test]
fn a10_a_volume_is_not_left_behind() {
    let web = [PUBLISHED, "volumes: [\"data:/data\"]"];
    let text = services(&[("web", &web)]) + "volumes: { data: {} }\n";
    let mut fixture = found("volume", &[("compose.yml", &text)]);
    let old = format!("{}-old", fixture.name);
    up_by_hand(&fixture.tree(), &old);
    refused(
        &fixture,
        &[
            "has its data in the volume",
            &format!("project = \"{old}\""),
        ],
    );
    fixture.plan.set("app", "project", &format!("{old:?}"));
    fixture.run().exits(0);
}

/// The story of a first deployment: an override, edits, a commit that was never pushed.
#[test]
fn a10_c10_a_first_deployment_that_breaks_leaves_everything_as_it_was() {
    let one = services(&[("web", &["environment: { GREETING: one }"]), ("db", &[])]);
    let more = services(&[("web", &[PUBLISHED])]);
    let files = [
        ("compose.yml", one.as_str()),
        ("compose.override.yml", &more),
        ("README", "one\n"),
        ("gone", "here\n"),
    ];
    let mut fixture = found("story", &files);
    fixture.plan.set(
        "app",
        "file",
        r#"["site/compose.yml", "site/compose.override.yml"]"#,
    );
    let tree = fixture.tree();
    std::fs::write(tree.join("note"), "never pushed\n").unwrap();
    git(&tree, &["add", "note"]);
    git(&tree, &["commit", "--quiet", "--message", "A note"]);
    let edited = greeting("edited").replace("@PORT@", &fixture.port.to_string());
    std::fs::write(tree.join("compose.yml"), &edited).unwrap();
    std::fs::write(tree.join("README"), "changed by hand\n").unwrap();
    std::fs::remove_file(tree.join("gone")).unwrap();
    std::fs::write(tree.join("untracked"), "mine\n").unwrap();
    up_by_hand(&tree, &fixture.name);
    let head = fixture.head();
    let before = git(&tree, &["status", "--porcelain"]);
    let container = shown(&fixture, "web");

    let broken = services(&[("web", &["command: [\"/nope\"]"]), ("db", &[])]);
    fixture.commit("Break it", &[("compose.yml", &broken), ("gone", "still\n")]);
    let told = fixture.run().exits(4);
    told.says("going back to what was found in place")
        .says("put back web");
    assert_eq!(fixture.head(), head);
    assert_eq!(git(&tree, &["status", "--porcelain"]), before);
    assert_eq!(
        std::fs::read_to_string(tree.join("compose.yml")).unwrap(),
        edited
    );
    assert_eq!(
        std::fs::read_to_string(tree.join("README")).unwrap(),
        "changed by hand\n"
    );
    assert_eq!(shown(&fixture, "web"), container);
    let page = page::get(fixture.port, "/").unwrap();
    assert!(page.contains("greeting edited"), "{page}");

    // And the way forward is open.
    let two = services(&[("web", &["environment: { GREETING: two }"]), ("db", &[])]);
    fixture.commit("Mend it", &[("compose.yml", &two)]);
    fixture.run().exits(0);
    assert!(fixture.page().contains("greeting two"));
    assert_eq!(
        std::fs::read_to_string(tree.join("untracked")).unwrap(),
        "mine\n"
    );
    let kept = fixture.asks("status", &[]).exits(0);
    kept.says("\"A note\", never pushed");
}

/// Killed in the middle of it: the next run goes back to what the first one found.
#[test]
fn a10_a_killed_take_over_ends_where_it_was_found() {
    let one = services(&[
        ("db", &["command: [\"/bin/busybox\", \"sleep\", \"1000\"]"]),
        ("web", &[PUBLISHED, "environment: { GREETING: one }"]),
    ]);
    let fixture = found("killed", &[("compose.yml", &one)]);
    up_by_hand(&fixture.tree(), &fixture.name);
    let both = || ["db", "web"].map(|it| shown(&fixture, it));
    let (db, before) = (fixture.container("db").id, both());
    let head = fixture.head();
    let broken = one.replace(
        "GREETING: one }",
        "GREETING: two }\n    command: [\"/nope\"]",
    );
    fixture.commit("Break it", &[("compose.yml", &broken)]);
    for _ in 0..2 {
        let run = fixture.start();
        wait_until("db is another container", || {
            let containers = fixture.containers();
            let mut new = containers.iter().filter(|it| it.service == "db");
            new.any(|it| it.id != db)
        });
        run.kill();
        wait_until("nobody is at it", || {
            fixture.asks("status", &[]).status.code() != Some(75)
        });
    }
    fixture
        .run()
        .exits(4)
        .says("going back to what was found in place");
    assert_eq!(both(), before);
    assert_eq!(fixture.head(), head);
    assert!(fixture.page().contains("greeting one"));
}
