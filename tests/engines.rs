//! What hangs on the Docker Engine, on those of other releases: each in namespaces of its own, for as
//! long as the tests that are named here take.

use std::path::Path;
use std::process::Command;

use crate::compose_version::ComposeVersion;
use crate::fixture::compose::{PUBLISHED, services};
use crate::fixture::docker::docker;
use crate::fixture::wait::wait_until;
use crate::fixture::{Container, Fixture};
use crate::own_engine;

/// How containers are made, started again, replaced, connected and judged.
const TESTS: [&str; 12] = [
    "change_detection::a17_an_answer_is_no_proof_while_a_renamed_services_old_container_runs",
    "change_detection::a4_what_the_plan_lets_follow_is_restarted_with_what_it_follows",
    "change_detection::a_changed_environment_recreates_the_service",
    "change_detection::a_changed_file_in_a_mounted_folder_restarts_the_service",
    "change_detection::a_changed_file_that_is_mounted_alone_reaches_the_service",
    "change_detection::a_new_service_is_created_and_one_that_is_gone_is_left_and_named",
    "commit_evidence::a_run_claims_no_more_than_it_saw",
    "commit_evidence::b5_a_guest_that_looked_at_nothing_has_verified_nothing",
    "commit_evidence::b8_an_answer_between_two_ends_of_a_container_shows_no_more_than_that_it_runs",
    "commit_evidence::the_commit_on_the_page_counts_once_the_service_was_restarted",
    "looking_ahead::a_dry_run_names_what_each_changed_input_does",
    "mount_table::a06_a_build_reads_what_git_ignores_too",
];

/// Compose 1 is refused where it cannot replace a container, so these run under the newest.
fn run_on(engine: &Path, tests: &[&str]) {
    let newest = &ComposeVersion::all()[0].folder;
    let path = std::env::var("PATH").unwrap();
    let ended = own_engine::this_program_on(engine)
        .arg("--exact")
        .args(tests)
        .env("PATH", format!("{}:{path}", newest.display()))
        .env("RUST_TEST_THREADS", "3")
        .output()
        .unwrap();
    let [out, err] =
        [ended.stdout, ended.stderr].map(|it| String::from_utf8_lossy(&it).into_owned());
    let all = format!("test result: ok. {} passed", tests.len());
    assert!(
        ended.status.success() && out.contains(&all),
        "on {}:\n{out}\n{err}",
        engine.display()
    );
}

/// All processes of the Engine and of its containers end at once; the Engine is started again.
fn reboot(fixture: &Fixture) {
    let format = ["inspect", "--format", "{{.State.Pid}}"];
    let containers = fixture.containers();
    let ids: Vec<&str> = containers.iter().map(|it| it.id.as_str()).collect();
    let pids = docker(&[&format[..], &ids].concat());
    let kill = |program: &str, words: &[&str]| {
        // One that is gone already is as it should be.
        let _ended = Command::new(program).args(words).output().unwrap();
    };
    kill("pkill", &["-9", "dockerd"]);
    kill("pkill", &["-9", "containerd"]);
    let pids: Vec<&str> = pids.split_whitespace().collect();
    kill("kill", &[&["-9"], &pids[..]].concat());
    let up = || {
        let words = ["ps", "--quiet", "--filter", "status=running"];
        let listed = Command::new("docker").args(words).output().unwrap();
        let count = String::from_utf8_lossy(&listed.stdout).lines().count();
        listed.status.success() && count == containers.len()
    };
    wait_until("the containers are back", up);
}

#[test]
fn a15_what_a_reboot_has_started_again_is_left() {
    if !own_engine::is_here() {
        let name = "engines::a15_what_a_reboot_has_started_again_is_left";
        return own_engine::all().iter().for_each(|it| run_on(it, &[name]));
    }
    let fixture = Fixture::new("reboot");
    let always = "restart: always";
    let file = services(&[
        (
            "web",
            &[PUBLISHED, always, "volumes: [\"./pages:/site:ro\"]"],
        ),
        ("idle", &[always]),
    ]);
    let page = |colour: &str| format!("colour {colour}\n");
    fixture.commit(
        "One",
        &[("compose.yml", &file), ("pages/one", &page("blue"))],
    );
    fixture.run().exits(0);
    let before = fixture.containers();
    reboot(&fixture);
    let after = fixture.containers();
    for (old, new) in before.iter().zip(&after) {
        assert_eq!(old.id, new.id);
        assert!(new.started_at > old.started_at, "{old:?} {new:?}");
    }
    let run = fixture.run().exits(0);
    run.never_says("restart web")
        .never_says("recreate")
        .never_says("restart idle");
    let now = fixture.containers();
    for name in ["web", "idle"] {
        let of = |list: &[Container]| list.iter().find(|it| it.service == name).cloned();
        assert_eq!(of(&now), of(&after), "{name}");
    }
    assert!(fixture.page().contains("colour blue"));

    // And what changed since is not.
    reboot(&fixture);
    fixture.commit("Two", &[("pages/one", &page("red"))]);
    fixture
        .run()
        .exits(0)
        .says("restart web")
        .never_says("restart idle");
    assert!(fixture.page().contains("colour red"));
}

#[test]
fn what_hangs_on_the_engine_holds_on_those_of_other_releases() {
    for engine in own_engine::all() {
        run_on(&engine, &TESTS);
    }
}
