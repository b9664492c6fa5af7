//! Versions that do not come up: the one before is back, and answers.

use crate::site::Site;
use crate::site::compose::{PUBLISHED, greeting, services};

/// A site that runs, and a commit after it that does not: rolled back, saying why. The container is
/// another one where Compose had to make it anew.
fn breaks(word: &str, broken: &[&str], why: &str) -> Site {
    let site = Site::new(word);
    let first = site.commit("Works", &[("compose.yml", &greeting("works"))]);
    site.run().exits(0);

    let mut lines = vec![PUBLISHED];
    lines.extend(broken);
    let second = site.commit("Breaks", &[("compose.yml", &services(&[("web", &lines)]))]);
    let run = site.run().exits(4);
    run.says("rolled-back")
        .says(why)
        .says("is back on")
        .never_says("unchanged");
    assert!(site.page().contains("greeting works"), "{}", site.page());
    assert_eq!(site.head(), first);
    assert_ne!(first, second);

    let history = site.asks("history", &["--json"]).exits(0).events();
    assert_eq!(history[1]["outcome"], "rolled-back", "{history:?}");
    assert_eq!(history[1]["evidence"], "answering", "{history:?}");
    site
}

#[test]
fn a_crash_loop() {
    // Docker reads as running in most samples of such a container.
    let loops = ["command: [\"/bin/busybox\", \"false\"]", "restart: always"];
    let site = breaks("loop", &loops, "web keeps ending");
    assert!(site.container("web").running);
}

#[test]
fn a_command_that_cannot_be_started() {
    let site = breaks("nope", &["command: [\"/nope\"]"], "/nope");
    let running: Vec<_> = site
        .containers()
        .into_iter()
        .filter(|it| it.running)
        .collect();
    assert_eq!(running.len(), 1, "{running:#?}");
    // What the start that failed left behind is gone, or was named.
    let history = site.asks("history", &["--json"]).exits(0).events();
    let run = history[1]["run"].as_str().unwrap();
    let show = site.asks("show", &[run, "--logs"]).exits(0);
    for left in site.containers().iter().filter(|it| !it.running) {
        show.says(left.name.trim_start_matches('/'));
    }
    // And the next good version is deployed as ever.
    site.commit("Mended", &[("compose.yml", &greeting("mended"))]);
    site.run().exits(0).says("succeeded");
    assert!(site.page().contains("greeting mended"), "{}", site.page());
}

#[test]
fn an_image_that_is_nowhere_stops_nothing() {
    let site = Site::new("missing");
    site.commit("Works", &[("compose.yml", &greeting("works"))]);
    site.run().exits(0);
    let before = site.containers();
    let missing = services(&[(
        "web",
        &[PUBLISHED, "image: deployhost-acceptance/nowhere:1"],
    )]);
    site.commit("Breaks", &[("compose.yml", &missing)]);
    site.run()
        .exits(4)
        .says("rolled-back")
        .says("deployhost-acceptance/nowhere");
    assert!(site.page().contains("greeting works"), "{}", site.page());
    assert_eq!(site.containers(), before);
}

#[test]
fn a_build_that_fails_stops_nothing() {
    let site = crate::deploying::hello("unbuildable");
    crate::deploying::push_hello(&site, "Works", "Hello, works");
    site.run().exits(0);
    let before = site.containers();
    site.commit(
        "Breaks",
        &[(
            "Dockerfile",
            "FROM deployhost-acceptance/busybox\nCOPY nothing /\n",
        )],
    );
    site.run()
        .exits(4)
        .says("rolled-back")
        .never_says("unchanged");
    assert!(site.page().contains("Hello, works"), "{}", site.page());
    assert_eq!(site.containers(), before);
}
