//! The tree has moved and the services have not: whatever interrupted it, the next run brings what
//! runs to what stands there. By then git shows no difference any more.

use crate::fixture::Fixture;
use crate::fixture::compose::{PUBLISHED, services};
use crate::fixture::repository::git;
use crate::fixture::wait::wait_until;

/// Runs its first version, which is blue; the next one, in one file of a mounted folder, is red.
fn blue(word: &str) -> Fixture {
    let fixture = Fixture::new(word);
    let mounted = services(&[("web", &[PUBLISHED, "volumes: [\"./pages:/site:ro\"]"])]);
    fixture.commit(
        "Blue",
        &[("compose.yml", &mounted), ("pages/one", "colour blue\n")],
    );
    fixture.run().exits(0);
    assert!(fixture.page().contains("colour blue"), "{}", fixture.page());
    fixture
}

#[test]
fn killed_between_the_tree_and_the_services() {
    let fixture = blue("killed");
    let before = fixture.container("web");
    let second = fixture.commit("Red", &[("pages/one", "colour red\n")]);

    let mut run = fixture.start();
    run.until("applied", "code");
    run.kill();
    assert_eq!(fixture.head(), second);
    assert!(fixture.page().contains("colour blue"), "{}", fixture.page());
    assert_eq!(fixture.container("web"), before);

    fixture
        .run()
        .exits(0)
        .says("succeeded")
        .says("restart web")
        .never_says("unchanged");
    assert!(fixture.page().contains("colour red"), "{}", fixture.page());
    assert!(fixture.container("web").started_at > before.started_at);

    let outcomes = outcomes(&fixture);
    assert_eq!(outcomes, ["succeeded", "interrupted", "succeeded"]);
    fixture.run().exits(0).says("unchanged");
}

/// Killed while the services were being replaced: what it had begun is finished.
#[test]
fn killed_while_the_services_change() {
    let fixture = blue("effect");
    let red = services(&[(
        "web",
        &[
            PUBLISHED,
            "volumes: [\"./pages:/site:ro\"]",
            "environment: { GREETING: red }",
        ],
    )]);
    fixture.commit("Red", &[("compose.yml", &red)]);
    let mut run = fixture.start();
    run.until("effect", "app");
    run.kill();

    // A child of the killed run may still be at it, and then the target is still held.
    let mut run = fixture.run();
    wait_until("the target is free", || {
        let held = run.status.code() == Some(75);
        if held {
            run = fixture.run();
        }
        !held
    });
    run.exits(0).never_says("unchanged");
    assert!(
        fixture.page().contains("greeting red"),
        "{}",
        fixture.page()
    );
}

#[test]
fn a_compose_step_that_failed_and_was_not_rolled_back() {
    let mut fixture = blue("failed");
    fixture.plan.automatic = false;
    let before = fixture.container("web");
    let mounted: &[&str] = &[PUBLISHED, "volumes: [\"./pages:/site:ro\"]"];
    let worker: &[&str] = &["image: deployhost-acceptance/nowhere:1"];
    let broken = services(&[("web", mounted), ("worker", worker)]);
    let second = fixture.commit(
        "Red",
        &[("compose.yml", &broken), ("pages/one", "colour red\n")],
    );
    fixture
        .run()
        .exits(5)
        .says("needs-operator")
        .says("deployhost rollback");
    assert_eq!(fixture.head(), second);
    assert!(fixture.page().contains("colour blue"), "{}", fixture.page());
    assert_eq!(fixture.container("web"), before);

    // What makes it red came with the commit before.
    fixture.commit(
        "Mend it",
        &[("compose.yml", &services(&[("web", mounted)]))],
    );
    fixture
        .run()
        .exits(0)
        .says("succeeded")
        .never_says("unchanged");
    assert!(fixture.page().contains("colour red"), "{}", fixture.page());
    assert!(fixture.container("web").started_at > before.started_at);
}

#[test]
fn a_tree_that_was_moved_by_hand() {
    let fixture = blue("reset");
    let before = fixture.container("web");
    let second = fixture.commit("Red", &[("pages/one", "colour red\n")]);
    git(
        &fixture.tree(),
        &[
            "fetch",
            "--quiet",
            fixture.remote().to_str().unwrap(),
            "main",
        ],
    );
    git(&fixture.tree(), &["reset", "--quiet", "--hard", &second]);

    fixture
        .run()
        .exits(0)
        .says("restart web")
        .never_says("unchanged");
    assert!(fixture.page().contains("colour red"), "{}", fixture.page());
    assert!(fixture.container("web").started_at > before.started_at);
    fixture.run().exits(0).says("unchanged");
}

fn outcomes(fixture: &Fixture) -> Vec<String> {
    let history = fixture.asks("history", &["--json"]).exits(0).events();
    let outcome = |it: &serde_json::Value| it["outcome"].as_str().unwrap_or("open").to_owned();
    history.iter().map(outcome).collect()
}
