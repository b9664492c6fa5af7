//! What goes wrong, at which point, and what is left running then.

use crate::target::{Behaviour, DeployTarget, service};
use deployhost_plugin::Failure;
use deployhost_plugin::serde_json::json;

const A: &str = "aaaaaaaa";
const B: &str = "bbbbbbbb";

fn permanent(failure: Failure) -> String {
    let Failure::Permanent(diagnostic) = failure else {
        panic!("{failure:?}")
    };
    diagnostic.to_string()
}

/// A runs; B's app behaves so.
fn breaking(behaviour: Behaviour) -> DeployTarget {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app")], &[]);
    target.commit(B, [service("app").behaves(behaviour)], &[]);
    target.deploy(A).unwrap();
    target
}

#[test]
fn a_crash_loop_is_found_although_most_samples_say_running() {
    let mut target = breaking(Behaviour::Loops);
    let message = permanent(target.deploy(B).unwrap_err());
    assert_eq!(
        message,
        "app keeps ending: Docker started it again 5 times; it exited with 1"
    );
    assert_eq!(target.shown(), ["app"]);
}

#[test]
fn an_exit_is_reported_at_once() {
    let mut target = breaking(Behaviour::Exits {
        code: 3,
        after: 1_200,
    });
    assert_eq!(
        permanent(target.deploy(B).unwrap_err()),
        "app exited with 3"
    );
    assert_eq!(target.shown(), ["app"]);
}

#[test]
fn an_end_is_no_success_for_a_service_that_should_run() {
    let mut target = breaking(Behaviour::Exits { code: 0, after: 0 });
    assert_eq!(
        permanent(target.deploy(B).unwrap_err()),
        "app exited with 0"
    );
}

#[test]
fn a_oneshot_that_fails_or_does_not_end_is_a_failure() {
    for (behaviour, wanted) in [
        (
            Behaviour::Exits {
                code: 2,
                after: 1_000,
            },
            "migrate exited with 2",
        ),
        (
            Behaviour::Runs,
            "migrate is not up after 20s: has not run to its end",
        ),
    ] {
        let mut target = DeployTarget::new().configured(json!({"oneshot": ["migrate"]}));
        target.commit(A, [service("migrate").behaves(behaviour)], &[]);
        assert_eq!(permanent(target.deploy(A).unwrap_err()), wanted);
    }
}

#[test]
fn a_command_that_cannot_start() {
    let mut target = breaking(Behaviour::Refuses);
    let message = permanent(target.deploy(B).unwrap_err());
    assert_eq!(
        message,
        "starting app: cannot start service app: /nope: no such file"
    );
    assert!(target.shown().contains(&"app".to_owned()));
    // The one before is down, under another name, beside one that never started.
    assert_eq!(target.processes().len(), 2);

    // What both runs left there is cleared up by the next that can start.
    target.last = None;
    target.deploy(A).unwrap();
    assert_eq!(target.changes(), ["recreate app"]);
    assert_eq!(target.processes().len(), 1);
    assert_eq!(target.processes()[0].name, "app_app_1");
    assert_eq!(target.stale(), Vec::<String>::new());
}

#[test]
fn what_a_failed_start_left_is_no_reason_to_touch_what_runs() {
    let mut target = breaking(Behaviour::Refuses);
    target.deploy(B).unwrap_err();
    target.move_tree(A);
    target.restart_by_hand("app");
    let mut created = target.processes().pop().unwrap();
    created.state = "created".into();
    target.edit("app", |it| {
        if it.id == created.id {
            it.state = "created".into();
        }
    });
    assert_eq!(target.plan(A), []);
    assert!(
        target
            .warned()
            .iter()
            .any(|it| it.starts_with("app has another container that is created"))
    );
}

#[test]
fn health_that_never_comes_fails_when_the_time_is_up() {
    let mut target = breaking(Behaviour::Unhealthy);
    assert_eq!(
        permanent(target.deploy(B).unwrap_err()),
        "app is not up after 20s: it is unhealthy"
    );
    assert_eq!(target.shown(), ["app"]);
}

#[test]
fn a_daemon_that_stays_away_is_worth_another_try() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app")], &[]);
    target.daemon_goes_away(1_000);
    let failure = target.deploy(A).unwrap_err();
    assert_eq!(
        failure,
        Failure::temporary("test.away", "the daemon does not answer")
    );
}

#[test]
fn an_up_that_does_nothing_is_no_deployment() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").build("src")], &[("src", "1")]);
    target.commit(B, [service("app").build("src")], &[("src", "2")]);
    target.deploy(A).unwrap();
    target.ignores_up();
    let message = permanent(target.deploy(B).unwrap_err());
    assert_eq!(message, "Compose ended well but left app as it was");
    target.remove_by_hand("app");
    let message = permanent(target.deploy(B).unwrap_err());
    assert_eq!(message, "Compose ended well but app has no container");
}

#[test]
fn an_untouched_service_that_is_not_healthy_fails_the_step() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app"), service("db")], &[]);
    target.deploy(A).unwrap();
    target.edit("db", |it| it.health = Some("unhealthy".into()));
    assert_eq!(target.plan(A), []);
    let message = permanent(target.deploy(A).unwrap_err());
    assert_eq!(message, "db is not up after 20s: it is unhealthy");
    assert_eq!(target.changes(), Vec::<String>::new());
}

#[test]
fn an_untouched_service_that_falls_meanwhile_fails_the_step() {
    let mut target = DeployTarget::new();
    let db = || {
        service("db").behaves(Behaviour::Exits {
            code: 9,
            after: 3_500,
        })
    };
    target.commit(A, [service("app"), db()], &[]);
    target.commit(B, [service("app").env("2"), db()], &[]);
    target.deploy(A).unwrap();
    assert_eq!(permanent(target.deploy(B).unwrap_err()), "db exited with 9");
}

#[test]
fn a_missing_image_changes_nothing() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app")], &[]);
    target.commit(B, [service("app").image("web:2")], &[]);
    target.deploy(A).unwrap();
    let failure = target.deploy(B).unwrap_err();
    assert_eq!(
        failure.message(),
        "pulling the image of app: manifest for web:2 not found"
    );
    assert_eq!(target.changes(), Vec::<String>::new());
    assert_eq!(target.processes()[0].state, "running");
}

#[test]
fn a_missing_image_that_must_not_be_pulled_is_known_before() {
    let target = DeployTarget::new().configured(json!({"pull": "never"}));
    target.commit(A, [service("app").image("web:2")], &[]);
    target.move_tree(A);
    let message = permanent(target.propose(A, None).unwrap_err());
    assert!(
        message
            .starts_with("the image `web:2` of app is not on this machine, and pull is \"never\""),
        "{message}"
    );
}

#[test]
fn a_build_that_fails_changes_nothing() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").build("src")], &[("src", "1")]);
    target.commit(B, [service("app").build("src")], &[("src", "broken")]);
    target.deploy(A).unwrap();
    let failure = target.deploy(B).unwrap_err();
    assert_eq!(failure.message(), "building app: exit status 1");
    assert_eq!(target.changes(), Vec::<String>::new());
}

#[test]
fn a_run_killed_between_the_move_and_compose_is_made_good_by_the_next() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").mount("target")], &[("target", "1")]);
    target.commit(B, [service("app").mount("target")], &[("target", "2")]);
    target.deploy(A).unwrap();
    target.move_tree(B);
    // Killed here; the next run moves nothing, and the containers still run A.
    target.deploy(B).unwrap();
    assert_eq!(target.changes(), ["restart app"]);
    assert_eq!(target.stale(), Vec::<String>::new());
}

#[test]
fn a_run_killed_after_the_build_does_not_start_the_wrong_image_later() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").build("src")], &[("src", "1")]);
    target.commit(B, [service("app").build("src")], &[("src", "2")]);
    target.deploy(A).unwrap();
    target.kill_after(1);
    target.deploy(B).unwrap_err();
    // The name stands for B's image; A is wanted again.
    target.deploy(A).unwrap();
    assert_eq!(target.calls(), ["build app"]);
    assert_eq!(target.stale(), Vec::<String>::new());
}

#[test]
fn killed_at_any_point_the_next_run_ends_well() {
    for effects in 0..12 {
        let mut target = DeployTarget::new();
        let specs = |env| {
            [
                service("app").build("src"),
                service("web").env(env).mount("target"),
                service("db").mount("conf"),
            ]
        };
        target.commit(
            A,
            specs("1"),
            &[("src", "1"), ("target", "1"), ("conf", "1")],
        );
        target.commit(
            B,
            specs("2"),
            &[("src", "2"), ("target", "2"), ("conf", "2")],
        );
        target.deploy(A).unwrap();
        target.kill_after(effects);
        let killed = target.deploy(B).is_err();
        assert_eq!(killed, effects < 8, "{effects}: {:?}", target.calls());
        target.deploy(B).unwrap();
        assert_eq!(
            target.stale(),
            Vec::<String>::new(),
            "killed after {effects} effects"
        );
        assert_eq!(target.plan(B), []);
    }
}

#[test]
fn no_services_at_all() {
    let target = DeployTarget::new();
    target.commit(A, [], &[]);
    target.move_tree(A);
    let refused = target.propose(A, None).unwrap_err();
    assert_eq!(
        refused,
        Failure::config(
            "compose-restart.no-service",
            "the Compose file has no service to look after"
        )
    );
}

#[test]
fn a_failure_has_its_code_and_its_numbers() {
    let mut target = breaking(Behaviour::Loops);
    let failure = target.deploy(B).unwrap_err();
    assert_eq!(failure.code(), "compose-restart.crash-loop");
    let diagnostic = failure.diagnostic();
    for (name, value) in [("service", "app"), ("restarts", "5"), ("exit-code", "1")] {
        assert_eq!(diagnostic.value(name), Some(value), "{name}");
    }
    // What Docker refuses keeps its own code, whatever was being done.
    let mut target = breaking(Behaviour::Refuses);
    assert_eq!(target.deploy(B).unwrap_err().code(), "test.no-start");
}
