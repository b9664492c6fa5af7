//! What a commit makes of the services is known before the work tree moves.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::compose_version::ComposeVersion;
use crate::fixture::Fixture;
use crate::fixture::compose::{PUBLISHED, greeting, services};
use crate::fixture::docker::{Container, WEB};
use crate::fixture::terminal::{Piece, Terminal};
use crate::support::snapshot::Snapshot;

const PAGES: [&str; 2] = [PUBLISHED, "volumes: [\"./pages:/site:ro\"]"];

/// Folders that a look ahead is put together in.
fn drawings(fixture: &Fixture) -> Vec<PathBuf> {
    let entries = fs::read_dir(fixture.path("temporary")).unwrap();
    entries.map(|it| it.unwrap().path()).collect()
}

/// One whose commands have their temporary files to themselves.
fn fixture(word: &str) -> Fixture {
    let mut fixture = Fixture::new(word);
    let temporary = fixture.path("temporary");
    fs::create_dir(&temporary).unwrap();
    let temporary = temporary.to_str().unwrap().to_owned();
    fixture.environment.push(("TMPDIR", temporary));
    fixture
}

/// What stands on a screen.
fn text(lines: &[Vec<Piece>]) -> String {
    let line = |pieces: &Vec<Piece>| pieces.iter().map(|it| it.text.as_str()).collect();
    lines.iter().map(line).collect::<Vec<String>>().join("\n")
}

#[test]
fn a_dry_run_names_what_each_changed_input_does() {
    let fixture = fixture("ahead");
    let file = |word: &str, more: &str| {
        let environment = format!("environment: {{ GREETING: {word} }}");
        let web: &[&str] = &[PUBLISHED, &environment, "env_file: web.env"];
        services(&[("web", web), ("idle", &["env_file: idle.env"])]) + more
    };
    let first = file("hello", "");
    fixture.commit(
        "First",
        &[
            ("compose.yml", &first),
            ("web.env", "A=1\n"),
            ("idle.env", "A=1\n"),
        ],
    );
    fixture.run().exits(0);

    let worker = format!("  worker: {{ image: \"{WEB}\" }}\n");
    let goodbye = file("goodbye", &worker);
    let extended = "extends: { file: more.yml, service: web }";
    let extended = goodbye.replace("env_file: web.env", extended);
    for (subject, files, said, silent) in [
        (
            "A file of variables",
            vec![("idle.env", "A=2\n")],
            vec!["recreate idle — its configuration in the Compose file changed"],
            "web —",
        ),
        (
            "The Compose file",
            vec![("compose.yml", goodbye.as_str())],
            vec![
                "recreate web — its configuration in the Compose file changed",
                "create worker — it has no container",
            ],
            "idle —",
        ),
        (
            "A file that it names from now on",
            vec![
                (
                    "more.yml",
                    "services: { web: { environment: { MORE: \"1\" } } }\n",
                ),
                ("compose.yml", &extended),
            ],
            vec!["recreate web — its configuration in the Compose file changed"],
            "idle —",
        ),
    ] {
        fixture.commit(subject, &files);
        let (tree, containers) = (Snapshot::of(&fixture.tree()), fixture.containers());
        let planned = fixture.run_with(&["--dry-run"]).exits(0);
        for words in &said {
            planned.says(words);
        }
        planned.never_says(silent).never_says("at most");
        assert_eq!(
            Snapshot::of(&fixture.tree()).since(&tree),
            Vec::<PathBuf>::new()
        );
        assert_eq!(fixture.containers(), containers);

        let run = fixture.run().exits(0);
        for words in &said {
            run.says(words);
        }
        run.never_says(silent);
        let recreated = |it: &&Container| !containers.contains(it);
        let now = fixture.containers();
        let names: Vec<&str> = now
            .iter()
            .filter(recreated)
            .map(|it| it.service.as_str())
            .collect();
        assert_eq!(names.len(), said.len(), "{names:?}");
        assert_eq!(drawings(&fixture), Vec::<PathBuf>::new());
    }
}

#[test]
fn what_cannot_be_deployed_is_refused_before_the_tree_moves() {
    let fixture = fixture("refused");
    let good = services(&[("web", &PAGES), ("idle", &[])]);
    fixture.commit(
        "Good",
        &[("compose.yml", &good), ("pages/one", "colour blue\n")],
    );
    fixture.run().exits(0);
    let (head, containers) = (fixture.head(), fixture.containers());
    let many = good.replace(
        "  idle:\n",
        "  idle:\n    container_name: one\n    scale: 2\n",
    );
    // Compose 1 looks only when it starts them.
    let named = match ComposeVersion::all()[0].is_first() {
        true => "idle wants 2 containers, all under the name `one`",
        false => "container name must be unique",
    };
    for (subject, files, words) in [
        (
            "A name for many",
            vec![("compose.yml", many.as_str())],
            named,
        ),
        (
            "A variable that nobody sets",
            vec![(
                "compose.yml",
                &good.replace("  idle:\n", "  idle:\n    hostname: ${UNSET}\n"),
            )],
            "${UNSET} is not set",
        ),
        (
            "No Compose file",
            vec![("compose.yml", "services: 1\n")],
            "compose.yml",
        ),
        (
            "a8: a mount that goes away",
            vec![
                ("compose.yml", &good),
                ("pages/one", ""),
                ("pages.md", "None.\n"),
            ],
            "the commit takes away ./pages, which web mounts",
        ),
    ] {
        fixture.commit(subject, &files);
        fixture.run().exits(2).says(words);
        assert_eq!(fixture.head(), head, "{subject}");
        assert_eq!(fixture.containers(), containers, "{subject}");
    }
    assert_eq!(drawings(&fixture), Vec::<PathBuf>::new());
}

#[test]
fn a_file_that_changes_after_the_plan_was_shown_stops_the_run() {
    let mut fixture = fixture("meanwhile");
    fixture.commit("First", &[("compose.yml", &greeting("hello"))]);
    fixture.run().exits(0);
    let (head, before) = (fixture.head(), fixture.container("web"));
    fixture.commit("Second", &[("compose.yml", &greeting("goodbye"))]);
    fixture.plan.confirm = Some("DEPLOY");
    let command = fixture.command(&fixture.plan, "run", &[]);
    let mut asked = Terminal::start(command, fixture.limit());
    asked.until("Type DEPLOY");
    fs::write(fixture.tree().join(".env"), "OTHER=1\n").unwrap();
    asked.types("DEPLOY\n");
    let (code, lines) = asked.end();
    let shown = text(&lines);
    let words = ".env — run it again";
    assert!(
        shown.contains("is not what it was when the deployment was planned"),
        "{shown}"
    );
    assert!(shown.contains(words), "{shown}");
    assert_eq!(code, Some(4), "{shown}");
    assert_eq!((fixture.head(), fixture.container("web")), (head, before));
    fixture.run_with(&["--confirm", "DEPLOY"]).exits(0);
    assert!(
        fixture.page().contains("greeting goodbye"),
        "{}",
        fixture.page()
    );
}

/// As on a machine that gives its users no namespaces.
#[test]
fn without_namespaces_the_most_that_may_happen_is_said() {
    let fixture = fixture("namespaces");
    fixture.commit("First", &[("compose.yml", &greeting("hello"))]);
    fixture.run().exits(0);
    let before = fixture.container("web");
    fixture.commit("Second", &[("compose.yml", &greeting("goodbye"))]);
    let inner = fixture.command(&fixture.plan, "run", &[]);
    let mut outer = Command::new("unshare");
    outer.args(["--user", "--map-root-user", "sh", "-c"]);
    outer.arg("echo 0 >/proc/sys/user/max_mnt_namespaces && exec \"$@\"");
    outer
        .arg("sh")
        .arg(inner.get_program())
        .args(inner.get_args());
    outer.current_dir(fixture.path("."));
    outer.env_clear();
    for (name, value) in inner.get_envs() {
        outer.envs(value.map(|value| (name, value)));
    }
    let screen = Terminal::start(outer, fixture.limit());
    let (code, lines) = screen.end();
    let shown = text(&lines);
    assert_eq!(code, Some(0), "{shown}");
    assert!(
        shown.contains("at most: recreate web — decided after"),
        "{shown}"
    );
    assert!(shown.contains("compose.yml changes"), "{shown}");
    assert_ne!(fixture.container("web").id, before.id);
    assert!(
        fixture.page().contains("greeting goodbye"),
        "{}",
        fixture.page()
    );
}
