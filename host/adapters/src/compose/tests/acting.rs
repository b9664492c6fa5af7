//! What changes: images and containers.

use std::fs;

use super::scene::{SLEEP, Scene, docker, names};
use deployhost_runtime::capability::compose::{ImageId, Policy, Port};
use deployhost_runtime::capability::error::{CapabilityError, CapabilityErrorKind};

fn other<T: std::fmt::Debug>(result: Result<T, CapabilityError>) -> String {
    match result {
        Err(why) if why.kind == CapabilityErrorKind::Other => why.to_string(),
        result => panic!("{result:?}"),
    }
}

/// One service that sleeps.
pub fn one(image: &str) -> String {
    format!("services: {{ app: {{ image: {image}, {SLEEP} }} }}")
}

#[tokio::test]
async fn up_touches_only_what_it_is_told_to() {
    let scene = Scene::new();
    let image = scene.image("");
    let service =
        |name: &str, more: &str| format!("  {name}: {{ image: {image}, {SLEEP}{more} }}\n");
    scene.write("compose.yml", &format!("services:\n{}", service("old", "")));
    scene.up(&["old"]).await.unwrap();
    let before = scene.container("old").await;

    // Enough of them are there.
    let old = &names(&["old"])[0];
    scene
        .compose
        .up(&scene.project(), old, false)
        .await
        .unwrap();
    assert_eq!(scene.container("old").await.started_at, before.started_at);

    // A new one; the old one changed and was not named, nor was what the new one depends on.
    let changed = service("old", ", environment: { A: '2' }");
    let new = service("new", ", depends_on: [old]");
    scene.write("compose.yml", &format!("services:\n{changed}{new}"));
    scene.up(&["new"]).await.unwrap();
    assert_eq!(scene.container("new").await.state, "running");
    let left = scene.container("old").await;
    assert_eq!(
        (left.id, left.started_at),
        (before.id.clone(), before.started_at)
    );

    // Whether Compose sees that it changed plays no part.
    scene
        .compose
        .up(&scene.project(), old, false)
        .await
        .unwrap();
    assert_eq!(scene.container("old").await.id, before.id);
    scene.up(&["old"]).await.unwrap();
    assert_ne!(scene.container("old").await.id, before.id);

    // Orphans are nobody's to remove.
    scene.write(
        "compose.yml",
        &format!("services:\n{new}", new = service("new", "")),
    );
    let recreated = scene.container("new").await.id;
    scene.up(&["new"]).await.unwrap();
    assert_ne!(scene.container("new").await.id, recreated);
    assert_eq!(scene.container("old").await.state, "running");
}

#[tokio::test]
async fn a_missing_image_leaves_the_old_container_running() {
    let scene = Scene::new();
    let image = scene.image("");
    scene.write("compose.yml", &one(&image));
    scene.up(&["app"]).await.unwrap();
    let before = scene.container("app").await;

    let absent = format!("{}-absent", scene.name);
    scene.write("compose.yml", &one(&absent));
    let why = other(
        scene
            .compose
            .ready(&scene.project(), &names(&["app"])[0])
            .await,
    );
    assert!(
        why.contains(&absent) && why.contains("pull or build it first"),
        "{why}"
    );
    let service = &names(&["app"])[0];
    for policy in [Policy::Missing, Policy::Always] {
        // No registry can be reached from everywhere that tests run; that it failed is known.
        let pulled = scene.compose.pull(&scene.project(), service, policy).await;
        match pulled {
            Err(why) => {
                let kinds = [
                    CapabilityErrorKind::Unreachable,
                    CapabilityErrorKind::Invalid,
                ];
                assert!(kinds.contains(&why.kind), "{why:?}");
                assert!(why.to_string().contains(&absent), "{why}")
            }
            result => panic!("{result:?}"),
        }
    }
    let after = scene.container("app").await;
    assert_eq!((after.id, after.started_at), (before.id, before.started_at));

    // What is here is not asked of any registry.
    scene.write("compose.yml", &one(&image));
    scene
        .compose
        .pull(&scene.project(), service, Policy::Missing)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_failed_start_says_why_and_leaves_no_scar() {
    let scene = Scene::new();
    let image = scene.image("");
    scene.write("compose.yml", &one(&image));
    scene.up(&["app"]).await.unwrap();
    let before = scene.container("app").await;

    let broken = format!(
        "services: {{ app: {{ image: {image}, command: [\"/nope\"], environment: {{ T: s3cret-value }} }} }}"
    );
    scene.write("compose.yml", &broken);
    let why = other(scene.up(&["app"]).await);
    assert!(
        why.contains("Cannot start service app") && why.contains("/nope"),
        "{why}"
    );
    assert!(!why.contains("s3cret") && !why.contains('\n'), "{why}");

    scene.write("compose.yml", &one(&image));
    scene.up(&["app"]).await.unwrap();
    let after = scene.container("app").await;
    assert_eq!((after.name, after.state.as_str()), (before.name, "running"));
}

#[tokio::test]
async fn a_port_that_is_taken_is_told() {
    let scene = Scene::new();
    let image = scene.image("");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    scene.write(
        "compose.yml",
        &format!(
            "services: {{ app: {{ image: {image}, {SLEEP}, ports: ['127.0.0.1:{port}:80'] }} }}"
        ),
    );
    let why = other(scene.up(&["app"]).await);
    assert!(
        why.contains("address already in use") || why.contains("already allocated"),
        "{why}"
    );
}

#[tokio::test]
async fn a_build_that_fails_says_where() {
    let scene = Scene::new();
    scene.context("app", "RUN [\"/bin/busybox\", \"false\"]");
    scene.write(
        "compose.yml",
        "services: { app: { build: ./app }, plain: { image: x } }",
    );
    let why = other(
        scene
            .compose
            .build(&scene.project(), &names(&["app"])[0])
            .await,
    );
    assert!(
        why.contains("/bin/busybox false") && why.contains("non-zero code: 1"),
        "{why}"
    );
    let plain = scene
        .compose
        .build(&scene.project(), &names(&["plain"])[0])
        .await;
    assert!(matches!(plain, Err(ref error) if error.kind == CapabilityErrorKind::Invalid));
}

#[tokio::test]
async fn a_kept_image_comes_back_without_its_build_folder() {
    let scene = Scene::new();
    scene.context("app", "ENV RELEASE=one");
    scene.write("compose.yml", "services: { app: { build: ./app } }");
    let app = &names(&["app"])[0];
    let project = scene.project();
    let id = |text: &str| ImageId::new(text).unwrap();

    let one = id(&scene.compose.build(&project, app).await.unwrap());
    scene.compose.keep(&project, app, &one).await.unwrap();
    scene.up(&["app"]).await.unwrap();
    scene.context("app", "ENV RELEASE=two");
    let two = id(&scene.compose.build(&project, app).await.unwrap());
    assert_ne!(one, two);
    scene.up(&["app"]).await.unwrap();
    assert_eq!(scene.container("app").await.image, two.as_str());
    // What was kept, what its name means and what runs.
    let own = scene.compose.images(&project, app).await.unwrap();
    assert!(own.contains(&one) && own.contains(&two));
    assert!(scene.compose.has_image(&one).await.unwrap());
    assert!(
        !scene
            .compose
            .has_image(&id(&format!("sha256:{}", "0".repeat(64))))
            .await
            .unwrap()
    );
    let kept = format!("deployhost/{}/app:{}", scene.name, one.short());
    assert_eq!(
        docker(&["image", "inspect", "-f", "{{.Id}}", &kept]),
        one.as_str()
    );

    fs::remove_dir_all(scene.path("app")).unwrap();
    scene.compose.use_image(&project, app, &one).await.unwrap();
    scene.compose.ready(&project, app).await.unwrap();
    scene.up(&["app"]).await.unwrap();
    assert_eq!(scene.container("app").await.image, one.as_str());
    let services = scene.services().await.unwrap();
    assert_eq!(services[0].build.as_ref().unwrap().kind, "missing");
}
