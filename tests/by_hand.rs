//! What somebody did by hand is seen, and never taken for what was deployed.

use crate::site::Site;
use crate::site::compose::{PUBLISHED, greeting, services};
use crate::site::docker::{WEB, docker};
use crate::site::repository::git;

#[test]
fn a_container_that_was_started_on_edited_files_is_restarted() {
    let site = Site::new("edited");
    let mounted = services(&[("web", &[PUBLISHED, "volumes: [\"./pages:/site:ro\"]"])]);
    site.commit(
        "Blue",
        &[("compose.yml", &mounted), ("pages/one", "colour blue\n")],
    );
    site.run().exits(0);

    std::fs::write(site.tree().join("pages/one"), "colour grey\n").unwrap();
    docker(&["restart", &site.container("web").id]);
    wait_for(&site, "colour grey");

    site.run()
        .exits(0)
        .never_says("unchanged")
        .says("pages/one");
    assert!(site.page().contains("colour blue"), "{}", site.page());
}

/// Put back before the run: git sees no difference, and the container still runs the other text.
#[test]
fn a_container_that_was_restarted_by_hand_is_restarted_again() {
    let site = Site::new("restarted");
    let mounted = services(&[("web", &[PUBLISHED, "volumes: [\"./pages:/site:ro\"]"])]);
    site.commit(
        "Blue",
        &[("compose.yml", &mounted), ("pages/one", "colour blue\n")],
    );
    site.run().exits(0);

    std::fs::write(site.tree().join("pages/one"), "colour grey\n").unwrap();
    docker(&["restart", &site.container("web").id]);
    wait_for(&site, "colour grey");
    git(&site.tree(), &["checkout", "--", "pages/one"]);

    site.run()
        .exits(0)
        .never_says("unchanged")
        .says("restart web");
    assert!(site.page().contains("colour blue"), "{}", site.page());
}

#[test]
fn a_container_made_from_another_file_is_replaced() {
    let site = Site::new("replaced");
    site.commit("Hello", &[("compose.yml", &greeting("hello"))]);
    site.run().exits(0);

    // The file is edited, brought up, and put back: git sees nothing, Docker runs something else.
    let file = site.tree().join("compose.yml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("hello", "hijacked")).unwrap();
    up(&site);
    wait_for(&site, "greeting hijacked");
    std::fs::write(&file, text).unwrap();

    site.run()
        .exits(0)
        .never_says("unchanged")
        .says("recreate web");
    assert!(site.page().contains("greeting hello"), "{}", site.page());
}

#[test]
fn a_stranger_in_its_place_is_never_called_unchanged() {
    let site = Site::new("stranger");
    site.commit("Hello", &[("compose.yml", &greeting("hello"))]);
    site.run().exits(0);

    docker(&["rm", "--force", &site.container("web").id]);
    let (stranger, port) = (
        format!("{}-stranger", site.name),
        format!("127.0.0.1:{}:8080", site.port),
    );
    docker(&[
        "run",
        "--detach",
        "--name",
        &stranger,
        "--publish",
        &port,
        "--env",
        "GREETING=stranger",
        WEB,
    ]);
    wait_for(&site, "greeting stranger");

    // The stranger holds the port and answers every health check: nothing of it is a success.
    let run = site.run();
    assert_ne!(run.status.code(), Some(0), "{run}");
    assert!(!run.out.contains("unchanged"), "{run}");
    assert!(run.out.contains("port"), "{run}");
    assert!(site.page().contains("greeting stranger"), "{}", site.page());

    docker(&["rm", "--force", &stranger]);
    site.run().exits(0).never_says("unchanged");
    assert!(site.page().contains("greeting hello"), "{}", site.page());
}

/// As an operator brings the site's services up.
pub fn up(site: &Site) {
    let said = std::process::Command::new("docker-compose")
        .args([
            "--file",
            "compose.yml",
            "--project-name",
            &site.name,
            "up",
            "--detach",
        ])
        .current_dir(site.tree())
        .output()
        .unwrap();
    assert!(
        said.status.success(),
        "{}",
        String::from_utf8_lossy(&said.stderr)
    );
}

/// What was started by hand takes a moment to answer.
pub fn wait_for(site: &Site, text: &str) {
    let mut last = String::new();
    for _ in 0..100 {
        match crate::site::page::get(site.port, "/") {
            Ok(page) if page.contains(text) => return,
            Ok(page) => last = page,
            Err(why) => last = why,
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("no {text:?} after 10 s, but {last}");
}
