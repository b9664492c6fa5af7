//! The tree has moved and the services have not: whatever interrupted it, the next run brings what
//! runs to what stands there. By then git shows no difference any more.

use crate::site::Site;
use crate::site::compose::{PUBLISHED, services};
use crate::site::repository::git;

/// Runs its first version, which is blue; the next one, in one file of a mounted folder, is red.
fn blue(word: &str) -> Site {
    let site = Site::new(word);
    let mounted = services(&[("web", &[PUBLISHED, "volumes: [\"./pages:/site:ro\"]"])]);
    site.commit(
        "Blue",
        &[("compose.yml", &mounted), ("pages/one", "colour blue\n")],
    );
    site.run().exits(0);
    assert!(site.page().contains("colour blue"), "{}", site.page());
    site
}

#[test]
fn killed_between_the_tree_and_the_services() {
    let site = blue("killed");
    let before = site.container("web");
    let second = site.commit("Red", &[("pages/one", "colour red\n")]);

    let mut run = site.start();
    run.until("applied", "code");
    run.kill();
    assert_eq!(site.head(), second);
    assert!(site.page().contains("colour blue"), "{}", site.page());
    assert_eq!(site.container("web"), before);

    site.run()
        .exits(0)
        .says("succeeded")
        .says("restart web")
        .never_says("unchanged");
    assert!(site.page().contains("colour red"), "{}", site.page());
    assert!(site.container("web").started_at > before.started_at);

    let outcomes = outcomes(&site);
    assert_eq!(outcomes, ["succeeded", "interrupted", "succeeded"]);
    site.run().exits(0).says("unchanged");
}

/// Killed while the services were being replaced: what it had begun is finished.
#[test]
fn killed_while_the_services_change() {
    let site = blue("effect");
    let red = services(&[(
        "web",
        &[
            PUBLISHED,
            "volumes: [\"./pages:/site:ro\"]",
            "environment: { GREETING: red }",
        ],
    )]);
    site.commit("Red", &[("compose.yml", &red)]);
    let mut run = site.start();
    run.until("effect", "app");
    run.kill();

    // A child of the killed run may still be at it, and then the target is still held.
    let mut run = site.run();
    for _ in 0..60 {
        if run.status.code() != Some(75) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(500));
        run = site.run();
    }
    run.exits(0).never_says("unchanged");
    assert!(site.page().contains("greeting red"), "{}", site.page());
}

#[test]
fn a_compose_step_that_failed_and_was_not_rolled_back() {
    let mut site = blue("failed");
    site.plan.automatic = false;
    let before = site.container("web");
    let mounted: &[&str] = &[PUBLISHED, "volumes: [\"./pages:/site:ro\"]"];
    let worker: &[&str] = &["image: deployhost-acceptance/nowhere:1"];
    let broken = services(&[("web", mounted), ("worker", worker)]);
    let second = site.commit(
        "Red",
        &[("compose.yml", &broken), ("pages/one", "colour red\n")],
    );
    site.run()
        .exits(5)
        .says("needs-operator")
        .says("deployhost rollback");
    assert_eq!(site.head(), second);
    assert!(site.page().contains("colour blue"), "{}", site.page());
    assert_eq!(site.container("web"), before);

    // What makes it red came with the commit before.
    site.commit(
        "Mend it",
        &[("compose.yml", &services(&[("web", mounted)]))],
    );
    site.run()
        .exits(0)
        .says("succeeded")
        .never_says("unchanged");
    assert!(site.page().contains("colour red"), "{}", site.page());
    assert!(site.container("web").started_at > before.started_at);
}

#[test]
fn a_tree_that_was_moved_by_hand() {
    let site = blue("reset");
    let before = site.container("web");
    let second = site.commit("Red", &[("pages/one", "colour red\n")]);
    git(
        &site.tree(),
        &["fetch", "--quiet", site.remote().to_str().unwrap(), "main"],
    );
    git(&site.tree(), &["reset", "--quiet", "--hard", &second]);

    site.run()
        .exits(0)
        .says("restart web")
        .never_says("unchanged");
    assert!(site.page().contains("colour red"), "{}", site.page());
    assert!(site.container("web").started_at > before.started_at);
    site.run().exits(0).says("unchanged");
}

fn outcomes(site: &Site) -> Vec<String> {
    let history = site.asks("history", &["--json"]).exits(0).events();
    let outcome = |it: &serde_json::Value| it["outcome"].as_str().unwrap_or("open").to_owned();
    history.iter().map(outcome).collect()
}
