//! Every kind of change reaches what runs, and nothing else is touched.

use crate::site::Site;
use crate::site::compose::{PUBLISHED, greeting, services};

#[test]
fn a_changed_environment_recreates_the_service() {
    let site = Site::new("environment");
    site.commit("Say hello", &[("compose.yml", &greeting("hello"))]);
    site.run()
        .exits(0)
        .says("create web")
        .says("succeeded, answering");
    assert!(site.page().contains("greeting hello"), "{}", site.page());
    let before = site.container("web");

    site.commit("Say goodbye", &[("compose.yml", &greeting("goodbye"))]);
    site.run()
        .exits(0)
        .says("recreate web")
        .says("succeeded, answering");
    assert!(site.page().contains("greeting goodbye"), "{}", site.page());
    assert_ne!(site.container("web").id, before.id);
}

/// `up` would call this one up to date, and serve the old content for ever: git replaces the file.
#[test]
fn a_changed_file_that_is_mounted_alone_reaches_the_service() {
    let site = Site::new("file");
    let mounted = services(&[(
        "web",
        &[PUBLISHED, "volumes: [\"./site.conf:/site.conf:ro\"]"],
    )]);
    site.commit(
        "Blue",
        &[("compose.yml", &mounted), ("site.conf", "colour blue\n")],
    );
    site.run().exits(0);
    assert!(site.page().contains("colour blue"), "{}", site.page());
    let before = site.container("web");

    site.commit("Red", &[("site.conf", "colour red\n")]);
    site.run()
        .exits(0)
        .says("site.conf")
        .never_says("unchanged");
    assert!(site.page().contains("colour red"), "{}", site.page());
    assert!(site.container("web").started_at > before.started_at);
}

#[test]
fn a_changed_file_in_a_mounted_folder_restarts_the_service() {
    let site = Site::new("folder");
    let mounted = services(&[
        ("web", &[PUBLISHED, "volumes: [\"./pages:/site:ro\"]"]),
        ("idle", &[]),
    ]);
    site.commit(
        "Blue",
        &[("compose.yml", &mounted), ("pages/one", "colour blue\n")],
    );
    site.run().exits(0);
    assert!(site.page().contains("colour blue"), "{}", site.page());
    let (web, idle) = (site.container("web"), site.container("idle"));

    site.commit(
        "Red",
        &[("pages/one", "colour red\n"), ("pages/two", "size small\n")],
    );
    site.run()
        .exits(0)
        .says("restart web")
        .never_says("restart idle");
    let page = site.page();
    assert!(
        page.contains("colour red") && page.contains("size small"),
        "{page}"
    );
    assert_eq!(site.container("web").id, web.id);
    assert!(site.container("web").started_at > web.started_at);
    assert_eq!(site.container("idle"), idle);

    // A file that no service reads is deployed, and touches none.
    let before = site.containers();
    site.commit("Explain", &[("README.md", "How it works.\n")]);
    site.run()
        .exits(0)
        .never_says("restart web")
        .says("succeeded");
    assert_eq!(site.containers(), before);
}

#[test]
fn a_new_service_is_created_and_one_that_is_gone_is_left_and_named() {
    let site = Site::new("services");
    let one: &[&str] = &[PUBLISHED];
    site.commit("One", &[("compose.yml", &services(&[("web", one)]))]);
    site.run().exits(0);
    let web = site.container("web");

    site.commit(
        "Two",
        &[("compose.yml", &services(&[("web", one), ("worker", &[])]))],
    );
    site.run().exits(0).says("create worker");
    let worker = site.container("worker");
    assert!(worker.running, "{worker:?}");
    assert_eq!(site.container("web"), web);

    site.commit("One again", &[("compose.yml", &services(&[("web", one)]))]);
    site.run()
        .exits(0)
        .says("worker is gone from the file")
        .says(worker.name.trim_start_matches('/'));
    assert_eq!(site.container("worker"), worker);
    assert_eq!(site.container("web"), web);
}
