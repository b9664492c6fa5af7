//! `--dry-run` reads, and says what the next run then does.

use serde_json::Value;

use crate::fixture::compose::{PUBLISHED, services};
use crate::fixture::relay::Relay;
use crate::fixture::{CommandOutput, Fixture, RunningCommand, trace};
use crate::support::snapshot::Snapshot;

/// Runs blue; red and a new service are pushed, and not deployed.
fn pushed(word: &str) -> Fixture {
    let fixture = Fixture::new(word);
    let web: &[&str] = &[PUBLISHED, "volumes: [\"./pages:/site:ro\"]"];
    fixture.commit(
        "Blue",
        &[
            ("compose.yml", &services(&[("web", web), ("idle", &[])])),
            ("pages/one", "colour blue\n"),
        ],
    );
    fixture.run().exits(0);
    fixture.commit("Red", &[("pages/one", "colour red\n")]);
    fixture
}

/// What every step said it would do.
fn proposed(run: &CommandOutput) -> Vec<(String, Vec<String>)> {
    let events = run
        .events()
        .into_iter()
        .filter(|it| it["event"] == "proposed");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    events
        .map(|it| {
            let actions = it["proposal"]["actions"].as_array().unwrap();
            (
                text(&it["step"]),
                actions.iter().map(|act| text(&act["what"])).collect(),
            )
        })
        .collect()
}

#[test]
fn it_changes_nothing_and_the_next_run_does_what_it_said() {
    let fixture = pushed("dry");
    let (tree, remote) = (
        Snapshot::of(&fixture.tree()),
        Snapshot::of(fixture.remote()),
    );
    let containers = fixture.containers();

    let run = fixture.run_with(&["--dry-run", "--json"]).exits(0);
    assert_eq!(run.ended().0, "planned");
    for (folder, before) in [(&*fixture.tree(), tree), (fixture.remote(), remote)] {
        let changed = Snapshot::of(folder).since(&before);
        assert!(changed.is_empty(), "changed: {changed:?}");
    }
    assert_eq!(fixture.containers(), containers);
    let output = proposed(&run);
    let of_app: Vec<_> = output
        .iter()
        .filter(|(step, _)| step == "app")
        .flat_map(|(_, actions)| actions)
        .collect();
    assert_eq!(of_app, ["restart web"], "{output:?}");

    let run = fixture.run_with(&["--json"]).exits(0);
    assert_eq!(proposed(&run), output);
    assert_eq!(run.ended().0, "succeeded");
    let receipt = run.event("applied", "app");
    assert!(
        receipt["receipt"]["summary"]
            .as_str()
            .unwrap()
            .contains("restarted web"),
        "{receipt}"
    );
    let idle = |it: &crate::fixture::Container| it.service == "idle";
    assert_eq!(
        fixture.containers().into_iter().find(idle),
        containers.into_iter().find(idle)
    );
    assert!(fixture.page().contains("colour red"), "{}", fixture.page());
}

#[test]
fn it_writes_into_the_state_folder_alone() {
    let fixture = pushed("traced");
    let lines = fixture.path("strace");
    let command = trace::under(
        &fixture.command(&fixture.plan, "run", &["--dry-run"]),
        &lines,
    );
    RunningCommand::start(command, fixture.limit())
        .end()
        .exits(0)
        .says("restart web");
    let written = trace::written(&lines);
    let state = fixture.state();
    assert!(
        written.iter().any(|path| path.starts_with(&state)),
        "it must journal: {written:?}"
    );
    let elsewhere: Vec<_> = written
        .iter()
        .filter(|path| !path.starts_with(&state) && *path != "/dev/null" && *path != "/dev/tty")
        .collect();
    assert!(elsewhere.is_empty(), "{elsewhere:#?}");
}

#[test]
fn it_only_reads_from_docker() {
    let mut fixture = pushed("relayed");
    let relay = Relay::in_folder(&fixture.path(""));
    fixture.environment.push(("DOCKER_HOST", relay.address()));
    fixture
        .run_with(&["--dry-run"])
        .exits(0)
        .says("restart web");
    let asked = relay.asked();
    assert!(
        asked.iter().any(|it| it.contains("/containers/json")),
        "{asked:?}"
    );
    let acting: Vec<_> = asked
        .iter()
        .filter(|it| !it.starts_with("GET ") && !it.starts_with("HEAD "))
        .collect();
    assert!(acting.is_empty(), "{acting:?}");

    // The same eyes see the run that acts.
    fixture.run().exits(0);
    let asked = relay.asked();
    assert!(
        asked
            .iter()
            .any(|it| it.starts_with("POST ") && it.contains("/restart")),
        "{asked:?}"
    );
}
