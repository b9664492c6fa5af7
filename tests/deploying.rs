//! The example as its README deploys it: versions that are built, proven, and then left alone.

use crate::site::program::repository;
use crate::site::{Site, docker};

/// A site of the example `hello`, whose page carries the commit that it was built from.
pub fn hello(word: &str) -> Site {
    let mut site = Site::new(word);
    site.plan.require = Some("verified");
    site.plan.set("app", "services", "[\"web\"]");
    site.plan.set("health", "expect", "{ text = \"Hello\" }");
    site.plan.set("health", "witness", "{ text = true }");
    site
}

/// Pushes the example with another page text; the commit's id.
pub fn push_hello(site: &Site, subject: &str, text: &str) -> String {
    let read = |path: &str| {
        let file = repository().join("examples/hello/app").join(path);
        std::fs::read_to_string(file).unwrap()
    };
    let dockerfile = read("Dockerfile").replace("deployhost-hello/busybox", docker::BASE);
    let compose = read("compose.yml")
        .replace("deployhost-hello/web", "@NAME@/web")
        .replace("18080", "@PORT@");
    let page = read("www/index.html").replace("Hello, world", text);
    assert!(
        page.contains(text) && compose.contains("@PORT@"),
        "{page}{compose}"
    );
    let files = [
        ("Dockerfile", dockerfile.as_str()),
        ("compose.yml", &compose),
        ("www/index.html", &page),
    ];
    site.commit(subject, &files)
}

#[test]
fn two_versions_are_verified_and_what_is_in_place_is_left_alone() {
    let site = hello("hello");

    let first = push_hello(&site, "Say hello", "Hello, first");
    let run = site.run().exits(0);
    run.says("succeeded, verified")
        .says("Say hello")
        .never_says("unchanged");
    assert!(
        site.page().contains("Hello, first") && site.page().contains(&first),
        "{}",
        site.page()
    );
    assert_eq!(site.head(), first);
    let of_first = site.container("web");

    let second = push_hello(&site, "Say hello again", "Hello, second");
    let run = site.run().exits(0);
    run.says("succeeded, verified")
        .says("recreate web")
        .says(&second[..7]);
    assert!(
        site.page().contains("Hello, second") && site.page().contains(&second),
        "{}",
        site.page()
    );
    let of_second = site.container("web");
    assert_ne!(of_second.image, of_first.image);

    let run = site.run().exits(0);
    run.says("unchanged, verified").never_says("succeeded");
    assert_eq!(site.container("web"), of_second);

    let history = site.asks("history", &["--json"]).exits(0);
    let told: Vec<_> = history
        .events()
        .iter()
        .map(|it| {
            [&it["outcome"], &it["evidence"], &it["commit"]]
                .map(|it| it.as_str().unwrap().to_owned())
        })
        .collect();
    assert_eq!(
        told,
        [
            ["succeeded", "verified", first.as_str()],
            ["succeeded", "verified", &second],
            ["unchanged", "verified", &second],
        ]
    );
    site.asks("status", &[])
        .exits(0)
        .says(&format!("runs {}", &second[..7]))
        .says("verified");
    let last = history.events()[1]["run"].as_str().unwrap().to_owned();
    site.asks("show", &[&last])
        .exits(0)
        .says("succeeded, verified")
        .says(&second[..7]);
}

#[test]
fn an_older_commit_is_deployed_where_it_is_asked_for() {
    let site = Site::new("older");
    let first = site.commit(
        "First",
        &[("compose.yml", &crate::site::compose::greeting("first"))],
    );
    site.commit(
        "Second",
        &[("compose.yml", &crate::site::compose::greeting("second"))],
    );
    site.run().exits(0).says("Second");
    assert!(site.page().contains("greeting second"), "{}", site.page());

    let run = site
        .run_with(&["--set", &format!("code.ref={first}")])
        .exits(0);
    run.says("succeeded").says("recreate web").says("First");
    assert!(site.page().contains("greeting first"), "{}", site.page());

    // And back again, by the release's pins.
    site.asks("rollback", &[])
        .exits(0)
        .says("succeeded")
        .says("Second");
    assert!(site.page().contains("greeting second"), "{}", site.page());
}
