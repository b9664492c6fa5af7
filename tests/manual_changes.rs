//! What somebody did by hand is seen, and never taken for what was deployed.

use crate::fixture::Fixture;
use crate::fixture::compose::{PUBLISHED, greeting, services};
use crate::fixture::docker::{WEB, docker};
use crate::fixture::repository::git;
use crate::fixture::wait::wait_until;

#[test]
fn a_container_that_was_started_on_edited_files_is_restarted() {
    let fixture = Fixture::new("edited");
    let mounted = services(&[("web", &[PUBLISHED, "volumes: [\"./pages:/site:ro\"]"])]);
    fixture.commit(
        "Blue",
        &[("compose.yml", &mounted), ("pages/one", "colour blue\n")],
    );
    fixture.run().exits(0);

    std::fs::write(fixture.tree().join("pages/one"), "colour grey\n").unwrap();
    docker(&["restart", &fixture.container("web").id]);
    wait_for(&fixture, "colour grey");

    fixture
        .run()
        .exits(0)
        .never_says("unchanged")
        .says("pages/one");
    assert!(fixture.page().contains("colour blue"), "{}", fixture.page());
}

/// Put back before the run: git sees no difference, and the container still runs the other text.
#[test]
fn a_container_that_was_restarted_by_hand_is_restarted_again() {
    let fixture = Fixture::new("restarted");
    let mounted = services(&[("web", &[PUBLISHED, "volumes: [\"./pages:/site:ro\"]"])]);
    fixture.commit(
        "Blue",
        &[("compose.yml", &mounted), ("pages/one", "colour blue\n")],
    );
    fixture.run().exits(0);

    std::fs::write(fixture.tree().join("pages/one"), "colour grey\n").unwrap();
    docker(&["restart", &fixture.container("web").id]);
    wait_for(&fixture, "colour grey");
    git(&fixture.tree(), &["checkout", "--", "pages/one"]);

    fixture
        .run()
        .exits(0)
        .never_says("unchanged")
        .says("restart web");
    assert!(fixture.page().contains("colour blue"), "{}", fixture.page());
}

#[test]
fn a_container_made_from_another_file_is_replaced() {
    let fixture = Fixture::new("replaced");
    fixture.commit("Hello", &[("compose.yml", &greeting("hello"))]);
    fixture.run().exits(0);

    // The file is edited, brought up, and put back: git sees nothing, Docker runs something else.
    let file = fixture.tree().join("compose.yml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("hello", "hijacked")).unwrap();
    up(&fixture);
    wait_for(&fixture, "greeting hijacked");
    std::fs::write(&file, text).unwrap();

    fixture
        .run()
        .exits(0)
        .never_says("unchanged")
        .says("recreate web");
    assert!(
        fixture.page().contains("greeting hello"),
        "{}",
        fixture.page()
    );
}

#[test]
fn a_stranger_in_its_place_is_never_called_unchanged() {
    let fixture = Fixture::new("stranger");
    fixture.commit("Hello", &[("compose.yml", &greeting("hello"))]);
    fixture.run().exits(0);

    docker(&["rm", "--force", &fixture.container("web").id]);
    let (stranger, port) = (
        format!("{}-stranger", fixture.name),
        format!("127.0.0.1:{}:8080", fixture.port),
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
    wait_for(&fixture, "greeting stranger");

    // The stranger holds the port and answers every health check: nothing of it is a success.
    let run = fixture.run();
    assert_ne!(run.status.code(), Some(0), "{run}");
    assert!(!run.out.contains("unchanged"), "{run}");
    assert!(run.out.contains("port"), "{run}");
    assert!(
        fixture.page().contains("greeting stranger"),
        "{}",
        fixture.page()
    );

    docker(&["rm", "--force", &stranger]);
    fixture.run().exits(0).never_says("unchanged");
    assert!(
        fixture.page().contains("greeting hello"),
        "{}",
        fixture.page()
    );
}

/// As an operator brings the fixture's services up.
pub fn up(fixture: &Fixture) {
    let output = std::process::Command::new("docker-compose")
        .args([
            "--file",
            "compose.yml",
            "--project-name",
            &fixture.name,
            "up",
            "--detach",
        ])
        .current_dir(fixture.tree())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// What was started by hand takes a moment to answer.
pub fn wait_for(fixture: &Fixture, text: &str) {
    wait_until(text, || {
        crate::fixture::page::get(fixture.port, "/").is_ok_and(|page| page.contains(text))
    });
}
