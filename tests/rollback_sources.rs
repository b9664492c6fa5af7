//! Where a rollback leads that has no release before it, and one whose sources are gone.

use crate::fixture::Fixture;
use crate::fixture::compose::{PUBLISHED, greeting, services};
use crate::fixture::docker::{BASE, docker};
use crate::fixture::repository::git;
use crate::hello_example::{hello, push_hello};
use crate::manual_changes::{up, wait_for};

#[test]
fn a_first_deployment_that_breaks_gives_back_what_was_found_in_place() {
    let fixture = Fixture::new("found");
    let first = fixture.commit("By hand", &[("compose.yml", &greeting("hand"))]);
    git(
        &fixture.path(""),
        &["clone", "--quiet", "remote.git", "site"],
    );
    up(&fixture);
    wait_for(&fixture, "greeting hand");
    let image = fixture.container("web").image;

    let broken = services(&[(
        "web",
        &[PUBLISHED, "command: [\"/bin/busybox\", \"false\"]"],
    )]);
    fixture.commit("Breaks", &[("compose.yml", &broken)]);
    fixture
        .run()
        .exits(4)
        .says("rolled-back")
        .says("what was found in place");
    assert!(
        fixture.page().contains("greeting hand"),
        "{}",
        fixture.page()
    );
    assert_eq!(fixture.head(), first);
    let web = fixture.container("web");
    assert!(web.running && web.image == image, "{web:?}");
}

/// The same for an image that was built by hand: the release before any release needs no rebuild.
#[test]
fn a_first_build_that_breaks_gives_back_the_image_that_was_found() {
    let fixture = hello("foundimage");
    push_hello(&fixture, "By hand", "Hello, hand");
    git(
        &fixture.path(""),
        &["clone", "--quiet", "remote.git", "site"],
    );
    up(&fixture);
    wait_for(&fixture, "Hello, hand");
    let image = fixture.container("web").image;

    push_hello(&fixture, "Breaks", "Goodbye");
    let dockerfile = format!("FROM {BASE}\nCMD [\"/bin/busybox\", \"false\"]\n");
    fixture.commit("Breaks more", &[("Dockerfile", &dockerfile)]);
    fixture.run().exits(4).says("rolled-back");
    assert!(fixture.page().contains("Hello, hand"), "{}", fixture.page());
    assert_eq!(fixture.container("web").image, image);
}

#[test]
fn a_first_deployment_that_breaks_on_an_empty_machine_leaves_nothing_running() {
    let fixture = Fixture::new("empty");
    let broken = services(&[
        ("web", &[PUBLISHED]),
        (
            "worker",
            &["command: [\"/bin/busybox\", \"false\"]", "restart: always"],
        ),
    ]);
    fixture.commit("Breaks", &[("compose.yml", &broken)]);
    fixture
        .run()
        .exits(4)
        .says("rolled-back")
        .says("Nothing was in place before");
    let running: Vec<_> = fixture
        .containers()
        .into_iter()
        .filter(|it| it.running)
        .collect();
    assert!(running.is_empty(), "{running:#?}");
    // Nothing that Docker would start again comes up a moment later either.
    std::thread::sleep(std::time::Duration::from_secs(2));
    let running: Vec<_> = fixture
        .containers()
        .into_iter()
        .filter(|it| it.running)
        .collect();
    assert!(running.is_empty(), "{running:#?}");

    fixture.commit("Works", &[("compose.yml", &greeting("works"))]);
    fixture.run().exits(0).says("succeeded");
    assert!(
        fixture.page().contains("greeting works"),
        "{}",
        fixture.page()
    );
}

/// It was built from a file that git never had, and that is gone: building it again would fail.
#[test]
fn a_built_release_comes_back_without_its_build_context() {
    let mut fixture = Fixture::new("context");
    fixture
        .plan
        .set("health", "expect", "{ text = \"version\" }");
    let built = services(&[(
        "web",
        &[PUBLISHED, "image: \"@NAME@/built\"", "build: ./app"],
    )]);
    let dockerfile = |version: &str| {
        format!(
            "FROM {BASE}\nCOPY artifact /www/index.html\nRUN [\"/bin/busybox\", \"sh\", \"-c\", \"echo version {version} >> /www/index.html\"]\n\
             CMD [\"/bin/busybox\", \"httpd\", \"-f\", \"-p\", \"8080\", \"-h\", \"/www\"]\n"
        )
    };
    let first = fixture.commit(
        "One",
        &[
            ("compose.yml", &built),
            ("app/Dockerfile", &dockerfile("one")),
            (".gitignore", "artifact\n"),
        ],
    );
    git(
        &fixture.path(""),
        &["clone", "--quiet", "remote.git", "site"],
    );
    let artifact = fixture.tree().join("app/artifact");
    std::fs::write(&artifact, "made by hand\n").unwrap();
    fixture.run().exits(0);
    assert!(fixture.page().contains("version one"), "{}", fixture.page());
    let of_first = fixture.container("web");

    fixture.commit("Two", &[("app/Dockerfile", &dockerfile("two"))]);
    fixture.run().exits(0);
    assert!(fixture.page().contains("version two"), "{}", fixture.page());

    std::fs::remove_dir_all(fixture.tree().join("app")).unwrap();
    docker(&["rmi", "--force", &format!("{}/built", fixture.name)]);
    fixture.asks("rollback", &[]).exits(0).says("succeeded");
    assert!(fixture.page().contains("version one"), "{}", fixture.page());
    assert_eq!(fixture.container("web").image, of_first.image);
    assert_eq!(fixture.head(), first);
    assert!(!artifact.exists());
}
