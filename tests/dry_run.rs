//! `--dry-run` reads, and says what the next run then does.

use serde_json::Value;

use crate::site::compose::{PUBLISHED, services};
use crate::site::relay::Relay;
use crate::site::snapshot::Snapshot;
use crate::site::{Live, Said, Site, trace};

/// Runs blue; red and a new service are pushed, and not deployed.
fn pushed(word: &str) -> Site {
    let site = Site::new(word);
    let web: &[&str] = &[PUBLISHED, "volumes: [\"./pages:/site:ro\"]"];
    site.commit(
        "Blue",
        &[
            ("compose.yml", &services(&[("web", web), ("idle", &[])])),
            ("pages/one", "colour blue\n"),
        ],
    );
    site.run().exits(0);
    site.commit("Red", &[("pages/one", "colour red\n")]);
    site
}

/// What every step said it would do.
fn proposed(run: &Said) -> Vec<(String, Vec<String>)> {
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
    let site = pushed("dry");
    let (tree, remote) = (Snapshot::of(&site.tree()), Snapshot::of(site.remote()));
    let containers = site.containers();

    let run = site.run_with(&["--dry-run", "--json"]).exits(0);
    assert_eq!(run.ended().0, "planned");
    tree.is_still(&site.tree());
    remote.is_still(site.remote());
    assert_eq!(site.containers(), containers);
    let said = proposed(&run);
    let of_app: Vec<_> = said
        .iter()
        .filter(|(step, _)| step == "app")
        .flat_map(|(_, actions)| actions)
        .collect();
    assert_eq!(of_app, ["restart web"], "{said:?}");

    let run = site.run_with(&["--json"]).exits(0);
    assert_eq!(proposed(&run), said);
    assert_eq!(run.ended().0, "succeeded");
    let receipt = run.event("applied", "app");
    assert!(
        receipt["receipt"]["summary"]
            .as_str()
            .unwrap()
            .contains("restarted web"),
        "{receipt}"
    );
    let idle = |it: &crate::site::Container| it.service == "idle";
    assert_eq!(
        site.containers().into_iter().find(idle),
        containers.into_iter().find(idle)
    );
    assert!(site.page().contains("colour red"), "{}", site.page());
}

#[test]
fn it_writes_into_the_state_folder_alone() {
    let site = pushed("traced");
    let lines = site.path("strace");
    let command = trace::under(&site.command(&site.plan, "run", &["--dry-run"]), &lines);
    Live::start(command).end().exits(0).says("restart web");
    let written = trace::written(&lines);
    let state = site.state();
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
    let mut site = pushed("relayed");
    let relay = Relay::in_folder(&site.path(""));
    site.environment.push(("DOCKER_HOST", relay.address()));
    site.run_with(&["--dry-run"]).exits(0).says("restart web");
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
    site.run().exits(0);
    let asked = relay.asked();
    assert!(
        asked
            .iter()
            .any(|it| it.starts_with("POST ") && it.contains("/restart")),
        "{asked:?}"
    );
}
