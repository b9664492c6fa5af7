//! The example as its README deploys it: versions that are built, proven, and then left alone.

use crate::fixture::{Fixture, docker};
use crate::support::program::repository;

/// A fixture of the example `hello`, whose page carries the commit that it was built from.
pub fn hello(word: &str) -> Fixture {
    let mut fixture = Fixture::new(word);
    fixture.plan.require = Some("verified");
    fixture.plan.set("app", "services", "[\"web\"]");
    fixture.plan.set("health", "expect", "{ text = \"Hello\" }");
    fixture.plan.set("health", "witness", "{ text = true }");
    fixture
}

/// Pushes the example with another page text; the commit's id.
pub fn push_hello(fixture: &Fixture, subject: &str, text: &str) -> String {
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
    fixture.commit(subject, &files)
}

#[test]
fn two_versions_are_verified_and_what_is_in_place_is_left_alone() {
    let fixture = hello("hello");

    let first = push_hello(&fixture, "Say hello", "Hello, first");
    let run = fixture.run().exits(0);
    run.says("succeeded, verified")
        .says("Say hello")
        .never_says("unchanged");
    assert!(
        fixture.page().contains("Hello, first") && fixture.page().contains(&first),
        "{}",
        fixture.page()
    );
    assert_eq!(fixture.head(), first);
    let of_first = fixture.container("web");

    let second = push_hello(&fixture, "Say hello again", "Hello, second");
    let run = fixture.run().exits(0);
    run.says("succeeded, verified")
        .says("recreate web")
        .says(&second[..7]);
    assert!(
        fixture.page().contains("Hello, second") && fixture.page().contains(&second),
        "{}",
        fixture.page()
    );
    let of_second = fixture.container("web");
    assert_ne!(of_second.image, of_first.image);

    let run = fixture.run().exits(0);
    run.says("unchanged, verified").never_says("succeeded");
    assert_eq!(fixture.container("web"), of_second);

    let history = fixture.asks("history", &["--json"]).exits(0);
    let outcomes: Vec<_> = history
        .events()
        .iter()
        .map(|it| {
            [&it["outcome"], &it["evidence"], &it["commit"]]
                .map(|it| it.as_str().unwrap().to_owned())
        })
        .collect();
    assert_eq!(
        outcomes,
        [
            ["succeeded", "verified", first.as_str()],
            ["succeeded", "verified", &second],
            ["unchanged", "verified", &second],
        ]
    );
    fixture
        .asks("status", &[])
        .exits(0)
        .says(&format!("runs {}", &second[..7]))
        .says("verified");
    let last = history.events()[1]["run"].as_str().unwrap().to_owned();
    fixture
        .asks("show", &[&last])
        .exits(0)
        .says("succeeded, verified")
        .says(&second[..7]);
}

#[test]
fn an_older_commit_is_deployed_where_it_is_asked_for() {
    let fixture = Fixture::new("older");
    let first = fixture.commit(
        "First",
        &[("compose.yml", &crate::fixture::compose::greeting("first"))],
    );
    fixture.commit(
        "Second",
        &[("compose.yml", &crate::fixture::compose::greeting("second"))],
    );
    fixture.run().exits(0).says("Second");
    assert!(
        fixture.page().contains("greeting second"),
        "{}",
        fixture.page()
    );

    let run = fixture
        .run_with(&["--set", &format!("code.ref={first}")])
        .exits(0);
    run.says("succeeded").says("recreate web").says("First");
    assert!(
        fixture.page().contains("greeting first"),
        "{}",
        fixture.page()
    );

    // And back again, by the release's pins.
    fixture
        .asks("rollback", &[])
        .exits(0)
        .says("succeeded")
        .says("Second");
    assert!(
        fixture.page().contains("greeting second"),
        "{}",
        fixture.page()
    );
}
