#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::os::unix::fs::symlink;

use super::*;

/// A work tree with a Compose file in a folder of it, and a file beside the tree.
struct Machine {
    folder: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("tree/.git")).unwrap();
        fs::create_dir_all(folder.path().join("tree/app")).unwrap();
        fs::create_dir_all(folder.path().join("tree/shared")).unwrap();
        fs::write(folder.path().join("secret"), "root:x:0:0\n").unwrap();
        Self { folder }
    }

    fn write(&self, path: &str, text: &str) -> &Self {
        fs::write(self.folder.path().join("tree").join(path), text).unwrap();
        self
    }

    /// The code of what the file gets; empty: it is let through.
    fn check(&self, text: &str) -> String {
        let file = self.folder.path().join("tree/app/compose.yml");
        fs::write(&file, text).unwrap();
        let env = fs::read_to_string(file.with_file_name(".env")).unwrap_or_default();
        let view = FileView::default();
        let (_, documents) = parsed(&file, &view).unwrap();
        let mut named = NamedFiles::below(file.parent().unwrap(), &view);
        let checked = named.check(&file, &documents, &Variables::read(&env));
        checked
            .err()
            .map(|it| it.code.as_str().to_owned())
            .unwrap_or_default()
    }
}

#[test]
fn a22_a_compose_file_that_is_a_link_stays_in_the_work_tree() {
    let machine = Machine::new();
    let tree = machine.folder.path().join("tree");
    let linked = tree.join("app/linked.yml");
    let check = || {
        let view = FileView::default();
        let mut named = NamedFiles::below(linked.parent().unwrap(), &view);
        let checked = named.check_link(&linked);
        let code = checked.err().map(|it| it.code.as_str().to_owned());
        (code, named.paths)
    };
    machine.write("app/real.yml", "services: {}");
    std::os::unix::fs::symlink("real.yml", &linked).unwrap();
    let (code, paths) = check();
    assert_eq!(code, None);
    let real = tree.join("app/real.yml").canonicalize().unwrap();
    assert!(paths.contains(&real), "{paths:?}");
    fs::remove_file(&linked).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", &linked).unwrap();
    assert_eq!(check().0.as_deref(), Some(OUTSIDE));
}

const OUTSIDE: &str = "compose.file-outside";

#[test]
fn b9_each_document_of_a_file_is_checked() {
    let machine = Machine::new();
    let second = "services: { a: { image: x } }\n---\nservices: { a: { env_file: /etc/shadow } }";
    assert_eq!(machine.check(second), OUTSIDE);
}

#[test]
fn b9_files_of_the_tree_are_let_through() {
    let machine = Machine::new();
    machine
        .write("shared/base.yml", "services: { a: { env_file: base.env } }")
        .write("shared/base.env", "A=1\n")
        .write("app/.env", "WHICH=prod\n")
        .write("app/prod.env", "A=1\n");
    for text in [
        "services: { a: { env_file: [prod.env, { path: missing.env, required: false }] } }",
        "services: { a: { env_file: '${WHICH}.env' } }",
        "services: { a: { extends: { file: ../shared/base.yml, service: a } } }",
        "include: [../shared/base.yml]",
        "include: [{ path: [../shared/base.yml], project_directory: ../shared, env_file: base.env }]",
        "services: { a: { volumes: ['/etc:/etc'] } }",
        "secrets: { key: { file: /etc/hostname } }",
    ] {
        assert_eq!(machine.check(text), "", "{text}");
    }
}

#[test]
fn b9_files_of_the_machine_are_refused_whatever_names_them() {
    let machine = Machine::new();
    symlink("../../secret", machine.folder.path().join("tree/app/link")).unwrap();
    machine
        .write(
            "shared/base.yml",
            "services: { a: { env_file: ../../secret } }",
        )
        .write("shared/more.yml", "include: [/etc/hostname]");
    for text in [
        "include: [../../secret]",
        "include: [{ path: /etc/hostname }]",
        "include: [{ path: [../shared/more.yml] }]",
        "include: [{ path: ../shared/base.yml, env_file: /etc/hostname }]",
        "services: { a: { env_file: ../../secret } }",
        "services: { a: { env_file: [/etc/hostname] } }",
        "services: { a: { env_file: !override [{ path: /etc/hostname }] } }",
        "services: { a: { label_file: /etc/hostname } }",
        "services: { a: { env_file: link } }",
        "services: { a: { extends: { file: /etc/hostname, service: a } } }",
        "services: { a: { extends: { file: ../shared/base.yml, service: a } } }",
        "x: &x { env_file: /etc/hostname }\nservices: { a: { <<: *x } }",
    ] {
        assert_eq!(machine.check(text), OUTSIDE, "{text}");
    }
    symlink("../../secret", machine.folder.path().join("tree/app/.env")).unwrap();
    assert_eq!(machine.check("services: {}"), OUTSIDE, "the variables");
}

#[test]
fn b9_a_variable_leads_no_further() {
    let machine = Machine::new();
    machine.write("app/.env", "WHERE=/etc/hostname\n");
    assert_eq!(
        machine.check("services: { a: { env_file: '${WHERE}' } }"),
        OUTSIDE
    );
    let open = "services: { a: { env_file: '${UNSET}' } }";
    assert_eq!(machine.check(open), "compose.path-variable");
}

#[test]
fn b9_nothing_is_fetched() {
    let machine = Machine::new();
    for remote in [
        "https://example.org/compose.yml",
        "https://github.com/a/b.git",
        "git@example.org:a/b",
        "github.com/a/b",
        "oci://example.org/a",
        "example.org/a.git#main:compose.yml",
    ] {
        for text in [
            format!("include: ['{remote}']"),
            format!("services: {{ a: {{ extends: {{ file: '{remote}', service: a }} }} }}"),
        ] {
            assert_eq!(machine.check(&text), "compose.remote-file", "{text}");
        }
    }
}

#[test]
fn a_circle_ends() {
    let machine = Machine::new();
    machine.write("shared/a.yml", "include: [b.yml]");
    machine.write("shared/b.yml", "include: [a.yml]");
    assert_eq!(machine.check("include: [../shared/a.yml]"), "");
}
