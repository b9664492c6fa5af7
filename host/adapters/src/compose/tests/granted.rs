//! What a plugin gets of all this, through the grant of one file.

use std::fmt::Debug;
use std::path::Path;

use super::acting::one;
use super::scene::{SLEEP, Scene, docker};
use deployhost_runtime::capability::compose::{GuestProject, Host};
use deployhost_runtime::capability::containers::{Container, Containers, Host as _};
use deployhost_runtime::capability::error::{CapabilityError, CapabilityErrorKind};

fn asked(scene: &Scene, file: &str) -> GuestProject {
    GuestProject {
        files: vec![scene.path(file).to_str().unwrap().into()],
        name: String::new(),
        commit: None,
    }
}

fn denied<T: Debug>(result: Result<T, CapabilityError>) {
    assert_eq!(result.unwrap_err().kind, CapabilityErrorKind::Denied);
}

async fn listed(scene: &Scene, engine: &mut Containers) -> Vec<Container> {
    engine.list(scene.name.to_string()).await.unwrap()
}

#[tokio::test]
async fn two_files_in_one_folder_share_a_project_and_touch_not_each_other() {
    let scene = Scene::new();
    let image = scene.image("");
    let both = |extra: &str| {
        format!(
            "services: {{ app: {{ image: {image}, {SLEEP} }}, {extra}: {{ image: {image}, {SLEEP} }} }}"
        )
    };
    scene.write("compose.yml", &both("prod"));
    scene.write("preprod.yml", &both("preprod"));
    scene.up(&["app", "prod"]).await.unwrap();
    let before = scene.container("app").await;

    let (mut compose, mut engine) = scene.plugin("preprod.yml", None);
    let ask = || asked(&scene, "preprod.yml");
    assert!(listed(&scene, &mut engine).await.is_empty());
    denied(engine.restart(before.id.clone(), 1).await);
    denied(compose.up(ask(), "app".into(), true).await);
    assert!(scene.noted.0.lock().unwrap().is_empty());

    compose.up(ask(), "preprod".into(), false).await.unwrap();
    let listed = listed(&scene, &mut engine).await;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].service, "preprod");
    let after = scene.container("app").await;
    assert_eq!((after.id, after.started_at), (before.id, before.started_at));
    assert_eq!(scene.container("prod").await.state, "running");
    let begun = format!("begin bring up preprod (project {})", scene.name);
    assert_eq!(*scene.noted.0.lock().unwrap(), [begun]);
}

#[tokio::test]
async fn what_is_not_granted_is_denied() {
    let scene = Scene::new();
    let image = scene.image("");
    scene.write(
        "compose.yml",
        &format!("services: {{ app: {{ image: {image} }}, db: {{ image: {image} }} }}"),
    );
    scene.write("other.yml", "services: { app: { image: x } }");
    let (mut compose, mut engine) = scene.plugin("compose.yml", Some(&["app"]));
    let ask = || asked(&scene, "compose.yml");
    let services = compose.services(ask()).await.unwrap();
    assert_eq!(services.len(), 1);
    let id = services[0].image_id.clone().unwrap();

    denied(compose.services(asked(&scene, "other.yml")).await);
    denied(
        compose
            .services(GuestProject {
                name: "other".into(),
                ..ask()
            })
            .await,
    );
    denied(
        compose
            .services(GuestProject {
                files: vec![],
                ..ask()
            })
            .await,
    );
    for service in ["db", "-rf", "--build", ""] {
        denied(compose.pull(ask(), service.into(), "missing".into()).await);
        denied(compose.build(ask(), service.into()).await);
        denied(compose.keep(ask(), service.into(), id.clone()).await);
        denied(compose.use_image(ask(), service.into(), id.clone()).await);
        denied(compose.up(ask(), service.into(), true).await);
    }
    // Another's image does not become this service's.
    let foreign = format!("{}-foreign", scene.name);
    scene.context("foreign", "ENV FOREIGN=1");
    docker(&[
        "build",
        "-q",
        "-t",
        &foreign,
        scene.path("foreign").to_str().unwrap(),
    ]);
    let foreign = docker(&["image", "inspect", "-f", "{{.Id}}", &foreign]);
    denied(
        compose
            .use_image(ask(), "app".into(), foreign.clone())
            .await,
    );
    denied(compose.keep(ask(), "app".into(), foreign).await);
    denied(engine.list("other".into()).await);
    let commit = compose
        .services(GuestProject {
            commit: Some("main; rm".into()),
            ..ask()
        })
        .await;
    assert_eq!(commit.unwrap_err().kind, CapabilityErrorKind::Invalid);
    assert!(scene.noted.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_one_off_container_is_a_persons() {
    let scene = Scene::new();
    let image = scene.image("");
    scene.write("compose.yml", &one(&image));
    let file = scene.path("compose.yml");
    let run = [
        "-f",
        file.to_str().unwrap(),
        "-p",
        scene.name.as_str(),
        "run",
        "-d",
        "app",
        "/bin/busybox",
        "sleep",
        "1000",
    ];
    assert!(
        std::process::Command::new("docker-compose")
            .args(run)
            .output()
            .unwrap()
            .status
            .success()
    );
    let found = scene.docker.found(&scene.name).await.unwrap();
    assert_eq!((found.len(), found[0].one_off), (1, true));

    let (_, mut engine) = scene.plugin("compose.yml", None);
    assert!(listed(&scene, &mut engine).await.is_empty());
    denied(engine.stop(found[0].container.id.clone(), 1).await);
}

#[tokio::test]
async fn containers_that_a_person_started_from_elsewhere_are_the_files() {
    let scene = Scene::new();
    let image = scene.image("");
    scene.write("sub/compose.yml", &one(&image));
    let started = std::process::Command::new("docker-compose")
        .current_dir(scene.path(""))
        .args([
            "-f",
            "sub/compose.yml",
            "-p",
            scene.name.as_str(),
            "up",
            "-d",
        ])
        .output();
    assert!(started.unwrap().status.success());
    let (_, mut engine) = scene.plugin("sub/compose.yml", None);
    let listed = listed(&scene, &mut engine).await;
    assert_eq!(listed.len(), 1);
    assert_eq!(
        Path::new(&listed[0].config_files[0]),
        scene.path("sub/compose.yml")
    );
    assert_eq!(engine.logs(listed[0].id.clone(), 5).await.unwrap(), 0);
}
