//! Compose 2, played by a script: what it is asked, and that its answers are understood. It is
//! not on every machine that tests run on.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use super::super::ComposeProgram;
use super::scene::{NoTree, SLEEP, Scene, names};
use deployhost_runtime::capability::compose::Port;

/// Answers as `docker compose` does; notes its arguments, one call a line.
fn play(folder: &Path, scene: &Scene, image: &str) -> ComposeProgram {
    let json = format!(
        r#"{{"services":{{"app":{{"image":"{image}","build":{{"context":"/gone","dockerfile":"Dockerfile"}}}}}}}}"#
    );
    let noted = folder.join("noted");
    let script = format!(
        "#!/bin/busybox sh\n/bin/busybox echo \"$@\" >> {noted}\ncase \"$*\" in\n\
         *version*) echo 2.27.0;;\n*--format*) echo '{json}';;\nesac\n",
        noted = noted.display()
    );
    let program = folder.join("docker");
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let mut compose = ComposeProgram::new(scene.docker.clone(), Arc::new(NoTree), scene.state());
    compose.path = format!("{}:/usr/bin:/bin", folder.display()).into();
    compose.user_home = None;
    compose
}

#[tokio::test]
async fn the_successor_is_preferred_and_asked_in_its_own_words() {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = Scene::new();
    let image = scene.image("");
    scene.compose = Arc::new(play(folder.path(), &scene, &image));
    scene.write("compose.yml", "services: { app: { image: x } }");
    let project = scene.resolve_project("compose.yml", Some(&["app"]));
    let services = scene.compose.services(&project).await.unwrap();
    assert_eq!(services[0].image, image);
    scene
        .compose
        .up(&project, &names(&["app"])[0], true)
        .await
        .unwrap();

    let noted = fs::read_to_string(folder.path().join("noted")).unwrap();
    let file = scene.path("compose.yml");
    let (file, parent) = (file.display(), file.parent().unwrap().display().to_string());
    let before = format!(
        "compose --ansi never -f {file} -p {} --project-directory {parent}",
        scene.name
    );
    let calls: Vec<&str> = noted.lines().collect();
    let expected = [
        "compose version --short".to_owned(),
        format!("{before} config --format json app"),
        format!(
            "{before} up -d --no-build --no-deps --pull never --remove-orphans=false --force-recreate -- app"
        ),
    ];
    assert_eq!(calls, expected);
}

#[tokio::test]
async fn what_the_first_one_made_it_goes_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = Scene::new();
    let image = scene.image("");
    scene.write(
        "compose.yml",
        &format!("services: {{ app: {{ image: {image}, {SLEEP} }} }}"),
    );
    scene.up(&["app"]).await.unwrap();
    scene.compose = Arc::new(play(folder.path(), &scene, &image));
    scene.services().await.unwrap();
    let noted = fs::read_to_string(folder.path().join("noted")).unwrap();
    assert_eq!(noted, "compose version --short\n");
}
