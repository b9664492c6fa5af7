//! Versions that do not come up: the one before is back, and answers.

use crate::fixture::Fixture;
use crate::fixture::compose::{PUBLISHED, greeting, services};

/// A fixture that runs, and a commit after it that does not: rolled back, saying why. The container is
/// another one where Compose had to make it anew.
fn breaks(word: &str, broken: &[&str], why: &str) -> Fixture {
    let fixture = Fixture::new(word);
    let first = fixture.commit("Works", &[("compose.yml", &greeting("works"))]);
    fixture.run().exits(0);

    let mut lines = vec![PUBLISHED];
    lines.extend(broken);
    let second = fixture.commit("Breaks", &[("compose.yml", &services(&[("web", &lines)]))]);
    let run = fixture.run().exits(4);
    run.says("rolled-back")
        .says(why)
        .says("is back on")
        .never_says("unchanged");
    assert!(
        fixture.page().contains("greeting works"),
        "{}",
        fixture.page()
    );
    assert_eq!(fixture.head(), first);
    assert_ne!(first, second);

    let history = fixture.asks("history", &["--json"]).exits(0).events();
    assert_eq!(history[1]["outcome"], "rolled-back", "{history:?}");
    assert_eq!(history[1]["evidence"], "answering", "{history:?}");
    fixture
}

#[test]
fn a_crash_loop() {
    // Docker reads as running in most samples of such a container.
    let loops = ["command: [\"/bin/busybox\", \"false\"]", "restart: always"];
    let fixture = breaks("loop", &loops, "web keeps ending");
    assert!(fixture.container("web").running);
}

#[test]
fn a_command_that_cannot_be_started() {
    let fixture = breaks("nope", &["command: [\"/nope\"]"], "/nope");
    let running: Vec<_> = fixture
        .containers()
        .into_iter()
        .filter(|it| it.running)
        .collect();
    assert_eq!(running.len(), 1, "{running:#?}");
    // What the start that failed left behind is gone, or was named.
    let history = fixture.asks("history", &["--json"]).exits(0).events();
    let run = history[1]["run"].as_str().unwrap();
    let show = fixture.asks("show", &[run, "--logs"]).exits(0);
    for left in fixture.containers().iter().filter(|it| !it.running) {
        show.says(left.name.trim_start_matches('/'));
    }
    // And the next good version is deployed as ever.
    fixture.commit("Mended", &[("compose.yml", &greeting("mended"))]);
    fixture.run().exits(0).says("succeeded");
    assert!(
        fixture.page().contains("greeting mended"),
        "{}",
        fixture.page()
    );
}

#[test]
fn an_image_that_is_nowhere_stops_nothing() {
    let fixture = Fixture::new("missing");
    fixture.commit("Works", &[("compose.yml", &greeting("works"))]);
    fixture.run().exits(0);
    let before = fixture.containers();
    let missing = services(&[(
        "web",
        &[PUBLISHED, "image: deployhost-acceptance/nowhere:1"],
    )]);
    fixture.commit("Breaks", &[("compose.yml", &missing)]);
    fixture
        .run()
        .exits(4)
        .says("rolled-back")
        .says("deployhost-acceptance/nowhere");
    assert!(
        fixture.page().contains("greeting works"),
        "{}",
        fixture.page()
    );
    assert_eq!(fixture.containers(), before);
}

#[test]
fn a_build_that_fails_stops_nothing() {
    let fixture = crate::hello_example::hello("unbuildable");
    crate::hello_example::push_hello(&fixture, "Works", "Hello, works");
    fixture.run().exits(0);
    let before = fixture.containers();
    fixture.commit(
        "Breaks",
        &[(
            "Dockerfile",
            "FROM deployhost-acceptance/busybox\nCOPY nothing /\n",
        )],
    );
    fixture
        .run()
        .exits(4)
        .says("rolled-back")
        .never_says("unchanged");
    assert!(
        fixture.page().contains("Hello, works"),
        "{}",
        fixture.page()
    );
    assert_eq!(fixture.containers(), before);
}
