#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;

use super::*;
use crate::hang_guard::ends;
use deployhost_runtime::capability::compose::{ComposeVariable, ProjectSettings};
use deployhost_runtime::capability::error::CapabilityErrorKind;

fn file(folder: &tempfile::TempDir, name: &str, text: &[u8]) -> ComposeFile {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    ComposeFile::new(path.to_str().unwrap()).unwrap()
}

fn read(file: &ComposeFile) -> Result<ComposeSources, CapabilityError> {
    read_with(file, ProjectSettings::default())
}

fn read_with(
    file: &ComposeFile,
    settings: ProjectSettings,
) -> Result<ComposeSources, CapabilityError> {
    let name = ProjectName::new("shop").unwrap();
    let project = Project::new(vec![file.clone()], name, None, None).unwrap();
    ComposeSources::read(&project.with(settings), &FileView::default())
}

fn refusal(text: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let compose = file(&folder, "compose.yml", text);
    match ends(move || read(&compose)) {
        Err(why) => why.to_string(),
        Ok(_) => panic!("accepted: {}", String::from_utf8_lossy(text)),
    }
}

#[test]
fn what_is_no_compose_file_is_refused() {
    assert!(refusal(b"root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1").contains("Compose file"));
    assert!(refusal(b"").contains("no Compose file"));
    assert!(refusal(b"- a").contains("no Compose file"));
    assert!(refusal(b"services: {}\n---\n- a").contains("no Compose file"));
    assert!(refusal(b"services: {}\n---\n{").contains("no YAML"));
    assert!(refusal(b"services:\n  a: {}\n  a: {}").contains("duplicate"));
    assert!(refusal(b"services: \xff").contains("UTF-8"));
    assert!(refusal(&vec![b' '; 1024 * 1024 + 1]).contains("over 1 MiB"));
    let deep = "[".repeat(100_000);
    assert!(refusal(deep.as_bytes()).contains("no YAML"));
}

#[test]
fn a_bomb_is_refused() {
    let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for n in 1..30 {
        let of = n - 1;
        bomb += &format!(
            "a{n}: &a{n} [*a{of},*a{of},*a{of},*a{of},*a{of},*a{of},*a{of},*a{of},*a{of}]\n"
        );
    }
    assert!(refusal(bomb.as_bytes()).contains("repetition limit"));
}

#[test]
fn what_cannot_be_read_is_refused_and_never_blocks() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    let gone = folder.path().join("gone");
    for path in [Path::new("/dev/zero"), &fifo, folder.path(), &gone] {
        let file = ComposeFile::new(path.to_str().unwrap()).unwrap();
        let result = ends(move || read(&file));
        assert!(
            matches!(result, Err(ref error) if error.kind == CapabilityErrorKind::Invalid),
            "{}",
            path.display()
        );
    }
}

#[test]
fn files_beside_are_inputs() {
    let folder = tempfile::tempdir().unwrap();
    let text = "services: { a: { env_file: a.env }, b: { env_file: [b.env, gone.env, a.env] }, c: { env_file: [{ path: c.env }] } }";
    let compose = file(&folder, "compose.yml", text.as_bytes());
    for name in [".env", "a.env", "b.env", "c.env", "other.env"] {
        file(&folder, name, b"A=1");
    }
    let sources = read(&compose).unwrap();
    let names: Vec<_> = sources
        .inputs
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap())
        .collect();
    assert_eq!(names, [".env", "a.env", "b.env", "c.env"]);
    let before = sources.files;
    assert_eq!(read(&compose).unwrap().files, before);
    file(&folder, "b.env", b"A=2");
    assert_ne!(read(&compose).unwrap().files, before);
}

#[test]
fn every_file_that_is_named_is_an_input() {
    let folder = tempfile::tempdir().unwrap();
    file(&folder, ".env", b"X=app\n");
    for (text, named) in [
        ("include: [other.yml]\nservices: {}", "other.yml"),
        ("services: { a: { env_file: \"${X}.env\" } }", "app.env"),
        ("services: { a: { label_file: app.labels } }", "app.labels"),
        (
            "services: { a: { extends: { file: other.yml, service: a } } }",
            "other.yml",
        ),
    ] {
        let compose = file(&folder, "compose.yml", text.as_bytes());
        let holding = |content: &str| {
            file(&folder, named, content.as_bytes());
            read(&compose).unwrap()
        };
        let (one, two) = (holding("a: 1\n"), holding("a: 2\n"));
        assert!(one.inputs.contains(&folder.path().join(named)), "{text}");
        assert_ne!(one.files, two.files, "{text}");
    }
}

#[test]
fn a_project_is_named_by_its_file_or_folder() {
    let folder = tempfile::Builder::new()
        .prefix("My.Folder-")
        .rand_bytes(0)
        .tempdir_in(tempfile::tempdir().unwrap().path().parent().unwrap());
    let folder = folder.unwrap();
    let plain = file(&folder, "a.yml", b"services: {}");
    let named = file(&folder, "b.yml", b"name: shop\nservices: {}");
    let open = file(&folder, "c.yml", b"name: ${NAME}\nservices: {}");
    assert_eq!(default_project(&plain, &[]).unwrap().as_str(), "myfolder-");
    assert_eq!(default_project(&named, &[]).unwrap().as_str(), "shop");
    assert!(default_project(&open, &[]).is_err());
    let twice = file(
        &folder,
        "d.yml",
        b"name: one\n---\nname: two\n---\nservices: {}",
    );
    assert_eq!(default_project(&twice, &[]).unwrap().as_str(), "two");
    // Compose's own order: the variable comes first.
    let a11 = |text: &[u8]| {
        file(&folder, ".env", text);
        [&plain, &named].map(|it| default_project(it, &[]).unwrap().to_string())
    };
    assert_eq!(a11(b"COMPOSE_PROJECT_NAME='given'\n"), ["given", "given"]);
    assert_eq!(a11(b"COMPOSE_PROJECT_NAME=\n"), ["myfolder-", "shop"]);
}

#[test]
fn a22_services_of_every_document_are_known() {
    let folder = tempfile::tempdir().unwrap();
    let text = b"services: { a: { image: x } }\n---\nservices: { b: { env_file: b.env } }";
    let compose = file(&folder, "compose.yml", text);
    file(&folder, "b.env", b"A=1");
    let sources = read(&compose).unwrap();
    for (name, there) in [("a", true), ("b", true), ("c", false)] {
        assert_eq!(sources.has(name), there, "{name}");
    }
    assert!(sources.inputs.contains(&folder.path().join("b.env")));
}

#[test]
fn files_of_variables_that_the_plan_names_stand_for_the_one_beside() {
    let folder = tempfile::tempdir().unwrap();
    let compose = file(
        &folder,
        "compose.yml",
        b"services: { a: { env_file: \"${X}.env\" } }",
    );
    file(
        &folder,
        ".env",
        b"X=beside\nCOMPOSE_PROJECT_NAME=beside\nCOMPOSE_FILE=other.yml\n",
    );
    file(&folder, "one.env", b"X=one\nCOMPOSE_PROJECT_NAME=one\n");
    file(&folder, "two.env", b"X=two\nCOMPOSE_PROFILES=on\n");
    file(&folder, "plan.env", b"A=1\n");
    let path = |name: &str| folder.path().join(name);
    let mut settings = ProjectSettings {
        env_files: vec![path("one.env"), path("two.env")],
        ..ProjectSettings::default()
    };
    let sources = read_with(&compose, settings.clone()).unwrap();
    assert!(
        sources.inputs.contains(&path("two.env")),
        "the later one wins"
    );
    assert!(sources.has_profile(&["on".to_owned()], &[]));
    let off = ProfileName::new("off").unwrap();
    assert!(!sources.has_profile(&["on".to_owned()], &[off]));
    let named = default_project(&compose, &settings.env_files).unwrap();
    assert_eq!(named.as_str(), "one");
    assert_eq!(ignored_file_variable(&compose, &settings.env_files), None);
    assert!(ignored_file_variable(&compose, &[]).is_some());

    settings.variables = vec![ComposeVariable::new("X", "plan").unwrap()];
    let sources = read_with(&compose, settings.clone()).unwrap();
    assert!(sources.inputs.contains(&path("plan.env")));

    settings.env_files.push(path("gone.env"));
    let refused = read_with(&compose, settings).err().unwrap();
    assert_eq!(refused.diagnostic.code.as_str(), "compose.env-file-missing");
}
