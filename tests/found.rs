//! Where a rollback leads that has no release before it, and one whose sources are gone.

use crate::by_hand::{up, wait_for};
use crate::deploying::{hello, push_hello};
use crate::site::Site;
use crate::site::compose::{PUBLISHED, greeting, services};
use crate::site::docker::{BASE, docker};
use crate::site::repository::git;

#[test]
fn a_first_deployment_that_breaks_gives_back_what_was_found_in_place() {
    let site = Site::new("found");
    let first = site.commit("By hand", &[("compose.yml", &greeting("hand"))]);
    git(&site.path(""), &["clone", "--quiet", "remote.git", "site"]);
    up(&site);
    wait_for(&site, "greeting hand");
    let image = site.container("web").image;

    let broken = services(&[(
        "web",
        &[PUBLISHED, "command: [\"/bin/busybox\", \"false\"]"],
    )]);
    site.commit("Breaks", &[("compose.yml", &broken)]);
    site.run()
        .exits(4)
        .says("rolled-back")
        .says("what was found in place");
    assert!(site.page().contains("greeting hand"), "{}", site.page());
    assert_eq!(site.head(), first);
    let web = site.container("web");
    assert!(web.running && web.image == image, "{web:?}");
}

/// The same for an image that was built by hand: the release before any release needs no rebuild.
#[test]
fn a_first_build_that_breaks_gives_back_the_image_that_was_found() {
    let site = hello("foundimage");
    push_hello(&site, "By hand", "Hello, hand");
    git(&site.path(""), &["clone", "--quiet", "remote.git", "site"]);
    up(&site);
    wait_for(&site, "Hello, hand");
    let image = site.container("web").image;

    push_hello(&site, "Breaks", "Goodbye");
    let dockerfile = format!("FROM {BASE}\nCMD [\"/bin/busybox\", \"false\"]\n");
    site.commit("Breaks more", &[("Dockerfile", &dockerfile)]);
    site.run().exits(4).says("rolled-back");
    assert!(site.page().contains("Hello, hand"), "{}", site.page());
    assert_eq!(site.container("web").image, image);
}

#[test]
fn a_first_deployment_that_breaks_on_an_empty_machine_leaves_nothing_running() {
    let site = Site::new("empty");
    let broken = services(&[
        ("web", &[PUBLISHED]),
        (
            "worker",
            &["command: [\"/bin/busybox\", \"false\"]", "restart: always"],
        ),
    ]);
    site.commit("Breaks", &[("compose.yml", &broken)]);
    site.run()
        .exits(4)
        .says("rolled-back")
        .says("Nothing was in place before");
    let running: Vec<_> = site
        .containers()
        .into_iter()
        .filter(|it| it.running)
        .collect();
    assert!(running.is_empty(), "{running:#?}");
    // Nothing that Docker would start again comes up a moment later either.
    std::thread::sleep(std::time::Duration::from_secs(2));
    let running: Vec<_> = site
        .containers()
        .into_iter()
        .filter(|it| it.running)
        .collect();
    assert!(running.is_empty(), "{running:#?}");

    site.commit("Works", &[("compose.yml", &greeting("works"))]);
    site.run().exits(0).says("succeeded");
    assert!(site.page().contains("greeting works"), "{}", site.page());
}

/// It was built from a file that git never had, and that is gone: building it again would fail.
#[test]
fn a_built_release_comes_back_without_its_build_context() {
    let mut site = Site::new("context");
    site.plan.set("health", "expect", "{ text = \"version\" }");
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
    let first = site.commit(
        "One",
        &[
            ("compose.yml", &built),
            ("app/Dockerfile", &dockerfile("one")),
            (".gitignore", "artifact\n"),
        ],
    );
    git(&site.path(""), &["clone", "--quiet", "remote.git", "site"]);
    let artifact = site.tree().join("app/artifact");
    std::fs::write(&artifact, "made by hand\n").unwrap();
    site.run().exits(0);
    assert!(site.page().contains("version one"), "{}", site.page());
    let of_first = site.container("web");

    site.commit("Two", &[("app/Dockerfile", &dockerfile("two"))]);
    site.run().exits(0);
    assert!(site.page().contains("version two"), "{}", site.page());

    std::fs::remove_dir_all(site.tree().join("app")).unwrap();
    docker(&["rmi", "--force", &format!("{}/built", site.name)]);
    site.asks("rollback", &[]).exits(0).says("succeeded");
    assert!(site.page().contains("version one"), "{}", site.page());
    assert_eq!(site.container("web").image, of_first.image);
    assert_eq!(site.head(), first);
    assert!(!artifact.exists());
}
