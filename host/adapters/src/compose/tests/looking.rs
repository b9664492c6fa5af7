//! What is seen of files and containers.

use std::time::{Duration, Instant};

use super::scene::{NoTree, SLEEP, Scene, docker, names};
use crate::hang_guard::LIMIT;
use deployhost_runtime::capability::compose::{Port, Project, Service};
use deployhost_runtime::capability::containers::Port as _;
use deployhost_runtime::capability::error::{CapabilityError, CapabilityErrorKind};

fn named<'a>(services: &'a [Service], name: &str) -> &'a Service {
    services
        .iter()
        .find(|service| service.name == name)
        .expect("the service")
}

fn invalid<T>(result: Result<T, CapabilityError>) -> String {
    match result {
        Err(why) if why.kind == CapabilityErrorKind::Invalid => why.to_string(),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("accepted"),
    }
}

#[tokio::test]
async fn services_are_what_compose_makes_of_its_files() {
    let scene = Scene::new();
    scene.context("app", "");
    scene.write(".env", "TAG=from-dot-env\n");
    scene.write("app.env", "TOKEN=s3cret-one\n");
    scene.write("a.conf", "a");
    scene.write("key.pem", "k");
    scene.write("data/x", "x");
    let image = scene.image("HEALTHCHECK CMD [\"/bin/busybox\", \"true\"]");
    scene.write(
        "compose.yml",
        &format!(
            "version: '3.8'
services:
  app:
    build: ./app
    env_file: app.env
    environment: {{ TAG: \"${{TAG}}\", COMMIT: \"${{DEPLOYHOST_COMMIT}}\" }}
    restart: always
    depends_on: [db]
    secrets: [key]
    volumes: ['./data:/data', './a.conf:/a.conf:ro', 'kept:/kept', {{ type: bind, source: ./gone, target: /g }}]
  db:
    image: {image}
    {SLEEP}
volumes: {{ kept: {{}} }}
secrets: {{ key: {{ file: ./key.pem }} }}
"
        ),
    );
    let services = scene.services().await.unwrap();
    assert_eq!(services.len(), 2);
    let (app, db) = (named(&services, "app"), named(&services, "db"));
    assert_eq!(app.image, format!("{}_app", scene.name));
    assert_eq!(
        (app.image_id.as_ref(), app.restart.as_str(), app.health),
        (None, "always", false)
    );
    let needed = &app.depends_on[0];
    assert_eq!(
        (
            needed.service.as_str(),
            needed.condition.as_str(),
            needed.restart
        ),
        ("db", "service_started", false)
    );
    assert_eq!(app.networks, [format!("{}_default", scene.name)]);
    let build = app.build.as_ref().unwrap();
    assert_eq!(
        (build.path.as_str(), build.kind.as_str()),
        (scene.path("app").to_str().unwrap(), "folder")
    );
    let mounts: Vec<_> = app
        .mounts
        .iter()
        .map(|m| (m.path.clone(), m.kind.as_str()))
        .collect();
    let path = |name: &str| scene.path(name).to_str().unwrap().to_owned();
    let expected = [
        ("data", "folder"),
        ("a.conf", "file"),
        ("gone", "missing"),
        ("key.pem", "file"),
    ];
    assert_eq!(mounts, expected.map(|(name, kind)| (path(name), kind)));
    assert!(db.image_id.as_ref().unwrap().starts_with("sha256:") && db.health);

    let inputs = scene.compose.inputs(&scene.project()).await.unwrap();
    assert_eq!(inputs, [path(".env"), path("app.env")]);

    // Each thing that decides what a container is changes its digest, and only its.
    let digest = async |commit| {
        let project = scene.project_at("compose.yml", None, commit);
        let services = scene.compose.services(&project).await.unwrap();
        (
            named(&services, "app").configuration.clone(),
            named(&services, "db").configuration.clone(),
        )
    };
    let first = digest(None).await;
    assert_eq!(first.0.len(), 64);
    let commit = digest(Some("0123abc")).await;
    assert!(commit.0 != first.0 && commit.1 == first.1);
    scene.write("app.env", "TOKEN=s3cret-two\n");
    let env_file = digest(None).await;
    assert!(env_file.0 != first.0 && env_file.1 == first.1);
    scene.write(".env", "TAG=another\n");
    assert_ne!(digest(None).await.0, env_file.0);
    scene.write(".env", "TAG=from-dot-env\n");
    scene.write("app.env", "TOKEN=s3cret-one\n");
    assert_eq!(digest(None).await, first);
}

#[tokio::test]
async fn only_granted_services_are_looked_at() {
    let scene = Scene::new();
    scene.write(
        "compose.yml",
        "services: { a: { image: x }, b: { image: y, profiles: [later] } }",
    );
    let names_of = async |services: Option<&[&str]>| {
        let services = scene
            .compose
            .services(&scene.resolve_project("compose.yml", services))
            .await;
        services
            .unwrap()
            .into_iter()
            .map(|service| service.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(names_of(None).await, ["a"]);
    assert_eq!(names_of(Some(&["a"])).await, ["a"]);
    assert_eq!(names_of(Some(&["b"])).await, ["b"]);
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_by_name() {
    let mut scene = Scene::new();
    scene.write(
        "compose.yml",
        "services: { a: { image: 'x:${NO_SUCH}', environment: { B: '${NOR_THIS}' } } }",
    );
    let why = invalid(scene.services().await);
    assert!(
        why.starts_with("${NOR_THIS}, ${NO_SUCH} is not set — /"),
        "{why}"
    );

    // No Compose is asked for that.
    scene.take_compose_away();
    let project = scene.resolve_project("compose.yml", Some(&["nope"]));
    assert!(
        invalid(scene.compose.services(&project).await).starts_with("there is no service nope — /")
    );
    scene.give_compose_back();

    scene.write(
        "compose.yml",
        "services: { a: { image: x, volumes: ['~/data:/data'] } }",
    );
    assert!(invalid(scene.services().await).contains("${HOME}"));
    scene.write(
        "compose.yml",
        "services: { a: { image: x, container_name: mine, scale: 2 } }",
    );
    let why = invalid(scene.services().await);
    assert!(
        why.starts_with("a wants 2 containers, all under the name `mine` — /"),
        "{why}"
    );
    scene.write("compose.yml", "services: { a: { image: x, comand: [a] } }");
    assert!(invalid(scene.services().await).contains("comand"));
    scene.write(
        "compose.yml",
        "services: { a: { image: x, env_file: gone.env } }",
    );
    assert!(invalid(scene.services().await).contains("gone.env"));
}

#[tokio::test]
async fn no_error_tells_a_secret() {
    let scene = Scene::new();
    scene.write("app.env", "TOKEN=s3cret-in-file\n");
    scene.write(
        "compose.yml",
        "services: { a: { image: x, env_file: app.env, environment: { PASSWORD: 's3cret-inline ${' } } }",
    );
    let why = invalid(scene.services().await);
    assert!(
        why.contains("PASSWORD") || why.contains("environment"),
        "{why}"
    );
    assert!(!why.contains("s3cret"), "{why}");
    // Compose quotes what it cannot take.
    scene.write(
        "compose.yml",
        "services: { a: { image: x, environment: [[s3cret-nested]] } }",
    );
    let why = invalid(scene.services().await);
    assert!(!why.contains("s3cret"), "{why}");
}

#[tokio::test]
async fn variables_of_a_project_do_not_redirect_compose() {
    let scene = Scene::new();
    let image = scene.image("");
    scene.write("other.yml", "services: { b: { image: x } }");
    scene.write(
        ".env",
        "DOCKER_HOST=tcp://127.0.0.1:1\nDOCKER_TLS_VERIFY=1\nCOMPOSE_FILE=other.yml\nCOMPOSE_PROJECT_NAME=other\n",
    );
    scene.write(
        "compose.yml",
        &format!("services: {{ a: {{ image: {image}, {SLEEP} }} }}"),
    );
    assert_eq!(scene.services().await.unwrap()[0].name, "a");
    scene.up(&["a"]).await.unwrap();
    assert_eq!(scene.container("a").await.state, "running");
}

#[tokio::test]
async fn a_container_is_listed_restarted_stopped_started_and_logged() {
    let scene = Scene::new();
    let image = scene.image("");
    let script = "echo out; echo err >&2; exec busybox sleep 1000";
    scene.write(
        "compose.yml",
        &format!("services: {{ app: {{ image: {image}, command: [\"/bin/busybox\", \"sh\", \"-c\", \"{script}\"] }} }}"),
    );
    scene.up(&["app"]).await.unwrap();
    let made = scene.container("app").await;
    assert_eq!(
        (made.state.as_str(), made.restart_count, made.exit_code),
        ("running", 0, 0)
    );
    let shown = |what: &str| docker(&["inspect", "--format", what, &made.id]);
    let version = shown("{{index .Config.Labels \"com.docker.compose.version\"}}");
    assert_eq!(
        (made.health.as_ref(), made.compose_version.as_str()),
        (None, version.trim())
    );
    assert_eq!(
        made.config_files,
        [scene.path("compose.yml").to_str().unwrap()]
    );
    assert_eq!(format!("/{}", made.name), shown("{{.Name}}").trim());
    let services = scene.services().await.unwrap();
    assert_eq!(services[0].image_id.as_ref(), Some(&made.image));
    assert_eq!(made.networks, services[0].networks);

    scene
        .docker
        .restart(&made.id, Duration::from_secs(1))
        .await
        .unwrap();
    let restarted = scene.docker.inspect(&made.id).await.unwrap().container;
    assert_ne!(restarted.started_at, made.started_at);
    // Docker says that it started it before the program has written anything.
    let since = Instant::now();
    loop {
        let mut lines = scene.docker.logs(&made.id, 10).await.unwrap();
        lines.sort_unstable();
        if lines == ["err", "err", "out", "out"] {
            break;
        }
        assert!(since.elapsed() < LIMIT, "{lines:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(scene.docker.logs(&made.id, 1).await.unwrap().len(), 1);

    scene
        .docker
        .stop(&made.id, Duration::from_secs(1))
        .await
        .unwrap();
    let stopped = scene.docker.inspect(&made.id).await.unwrap().container;
    assert_eq!((stopped.state.as_str(), stopped.exit_code), ("exited", 137));
    scene.docker.start(&made.id).await.unwrap();
    assert_eq!(scene.container("app").await.state, "running");

    let gone = scene.docker.inspect(&"0".repeat(64)).await;
    assert!(matches!(
        gone,
        Err(ref error) if error.kind == CapabilityErrorKind::NotFound
    ));
}

#[tokio::test]
async fn a_crash_loop_shows_in_the_restart_count() {
    let scene = Scene::new();
    let image = scene.image("");
    scene.write(
        "compose.yml",
        &format!("services: {{ app: {{ image: {image}, restart: always, command: [\"/bin/busybox\", \"false\"] }} }}"),
    );
    scene.up(&["app"]).await.unwrap();
    let since = Instant::now();
    while scene.container("app").await.restart_count < 2 {
        assert!(since.elapsed() < LIMIT, "never restarted twice");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn health_is_the_engines_word() {
    let scene = Scene::new();
    let image = scene.image("");
    let check =
        "healthcheck: { test: [CMD, /bin/busybox, test, -e, /ok], interval: 1s, retries: 1 }";
    scene.write(
        "compose.yml",
        &format!("services: {{ app: {{ image: {image}, {SLEEP}, {check} }} }}"),
    );
    assert!(scene.services().await.unwrap()[0].health);
    scene.up(&["app"]).await.unwrap();
    let until = async |wanted: &str| {
        let since = Instant::now();
        while scene.container("app").await.health.as_deref() != Some(wanted) {
            assert!(since.elapsed() < LIMIT, "never {wanted}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    until("unhealthy").await;
    docker(&[
        "exec",
        &scene.container("app").await.id,
        "/bin/busybox",
        "touch",
        "/ok",
    ]);
    until("healthy").await;
}

#[tokio::test]
async fn looking_again_starts_no_compose_and_is_never_stale() {
    let mut scene = Scene::new();
    scene.context("app", "");
    scene.write("compose.yml", "services: { app: { build: ./app } }");
    let first = scene.services().await.unwrap();
    scene.take_compose_away();
    let again = scene.services().await.unwrap();
    scene.give_compose_back();
    assert_eq!(again[0].configuration, first[0].configuration);
    // An image that somebody built meanwhile is seen.
    docker(&[
        "build",
        "-q",
        "-t",
        &first[0].image,
        scene.path("app").to_str().unwrap(),
    ]);
    let built = scene.services().await.unwrap();
    assert!(first[0].image_id.is_none() && built[0].image_id.is_some());
}

#[tokio::test]
async fn a_machine_without_compose_says_what_cures_it() {
    let mut scene = Scene::new();
    let mut compose = super::super::ComposeProgram::new(
        scene.docker.clone(),
        std::sync::Arc::new(NoTree),
        scene.state(),
    );
    compose.path = "/nowhere".into();
    compose.plugins = Vec::new();
    scene.compose = std::sync::Arc::new(compose);
    scene.write("compose.yml", "services: { a: { image: x } }");
    let error = scene.services().await.unwrap_err();
    assert!(
        matches!(&error, why if why.kind == CapabilityErrorKind::Other && why.to_string().contains("`sudo apt-get install docker-compose`")),
        "{error:?}"
    );
}

#[tokio::test]
async fn several_files_are_taken_in_their_order() {
    let scene = Scene::new();
    scene.write(
        "a.yml",
        "services: { app: { image: one, environment: { A: '1' } } }",
    );
    scene.write("b.yml", "services: { app: { image: two } }");
    let file = |name: &str| {
        deployhost_runtime::capability::compose::ComposeFile::new(
            scene.path(name).to_str().unwrap(),
        )
        .unwrap()
    };
    let image = async |files: [&str; 2]| {
        let project = Project::new(
            files.map(file).to_vec(),
            scene.name.clone(),
            Some(names(&["app"])),
            None,
        )
        .unwrap();
        scene.compose.services(&project).await.unwrap()[0]
            .image
            .clone()
    };
    assert_eq!(image(["a.yml", "b.yml"]).await, "two");
    assert_eq!(image(["b.yml", "a.yml"]).await, "one");
}
