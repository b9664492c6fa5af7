//! What goes wrong, at which point, and what is left running then.

use crate::site::{Behaviour, Site, service};
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
fn breaking(behaviour: Behaviour) -> Site {
    let mut site = Site::new();
    site.commit(A, [service("app")], &[]);
    site.commit(B, [service("app").behaves(behaviour)], &[]);
    site.deploy(A).unwrap();
    site
}

#[test]
fn a_crash_loop_is_found_although_most_samples_say_running() {
    let mut site = breaking(Behaviour::Loops);
    let message = permanent(site.deploy(B).unwrap_err());
    assert_eq!(
        message,
        "app keeps ending: Docker started it again 5 times; it exited with 1"
    );
    assert_eq!(site.shown(), ["app"]);
}

#[test]
fn an_exit_is_reported_at_once() {
    let mut site = breaking(Behaviour::Exits {
        code: 3,
        after: 1_200,
    });
    assert_eq!(permanent(site.deploy(B).unwrap_err()), "app exited with 3");
    assert_eq!(site.shown(), ["app"]);
}

#[test]
fn an_end_is_no_success_for_a_service_that_should_run() {
    let mut site = breaking(Behaviour::Exits { code: 0, after: 0 });
    assert_eq!(permanent(site.deploy(B).unwrap_err()), "app exited with 0");
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
        let mut site = Site::new().configured(json!({"oneshot": ["migrate"]}));
        site.commit(A, [service("migrate").behaves(behaviour)], &[]);
        assert_eq!(permanent(site.deploy(A).unwrap_err()), wanted);
    }
}

#[test]
fn a_command_that_cannot_start() {
    let mut site = breaking(Behaviour::Refuses);
    let message = permanent(site.deploy(B).unwrap_err());
    assert_eq!(
        message,
        "starting app: cannot start service app: /nope: no such file"
    );
    assert!(site.shown().contains(&"app".to_owned()));
    // The one before is down, under another name, beside one that never started.
    assert_eq!(site.processes().len(), 2);

    // What both runs left there is cleared up by the next that can start.
    site.last = None;
    site.deploy(A).unwrap();
    assert_eq!(site.changes(), ["up --force-recreate app"]);
    assert_eq!(site.processes().len(), 1);
    assert_eq!(site.processes()[0].name, "app_app_1");
    assert_eq!(site.stale(), Vec::<String>::new());
}

#[test]
fn what_a_failed_start_left_is_no_reason_to_touch_what_runs() {
    let mut site = breaking(Behaviour::Refuses);
    site.deploy(B).unwrap_err();
    site.move_tree(A);
    site.restart_by_hand("app");
    let mut created = site.processes().pop().unwrap();
    created.state = "created".into();
    site.edit("app", |it| {
        if it.id == created.id {
            it.state = "created".into();
        }
    });
    assert_eq!(
        site.plan(A),
        [(
            "restart app".into(),
            "it was not started by deployhost as it runs now".into()
        )]
    );
    assert!(
        site.warned()
            .iter()
            .any(|it| it.starts_with("app has another container that is created"))
    );
}

#[test]
fn health_that_never_comes_fails_when_the_time_is_up() {
    let mut site = breaking(Behaviour::Unhealthy);
    assert_eq!(
        permanent(site.deploy(B).unwrap_err()),
        "app is not up after 20s: it is unhealthy"
    );
    assert_eq!(site.shown(), ["app"]);
}

#[test]
fn a_daemon_that_stays_away_is_worth_another_try() {
    let mut site = Site::new();
    site.commit(A, [service("app")], &[]);
    site.daemon_goes_away(1_000);
    let failure = site.deploy(A).unwrap_err();
    assert_eq!(
        failure,
        Failure::temporary("test.away", "the daemon does not answer")
    );
}

#[test]
fn an_up_that_does_nothing_is_no_deployment() {
    let mut site = Site::new();
    site.commit(A, [service("app").build("src")], &[("src", "1")]);
    site.commit(B, [service("app").build("src")], &[("src", "2")]);
    site.deploy(A).unwrap();
    site.ignores_up();
    let message = permanent(site.deploy(B).unwrap_err());
    assert_eq!(
        message,
        "Compose ended well but left app on image sha256:built-1"
    );
    site.remove_by_hand("app");
    let message = permanent(site.deploy(B).unwrap_err());
    assert_eq!(message, "Compose ended well but app has no container");
}

#[test]
fn an_untouched_service_that_is_not_healthy_fails_the_step() {
    let mut site = Site::new();
    site.commit(A, [service("app"), service("db")], &[]);
    site.deploy(A).unwrap();
    site.edit("db", |it| it.health = Some("unhealthy".into()));
    assert_eq!(site.plan(A), []);
    let message = permanent(site.deploy(A).unwrap_err());
    assert_eq!(message, "db is not up after 20s: it is unhealthy");
    assert_eq!(site.changes(), Vec::<String>::new());
}

#[test]
fn an_untouched_service_that_falls_meanwhile_fails_the_step() {
    let mut site = Site::new();
    let db = || {
        service("db").behaves(Behaviour::Exits {
            code: 9,
            after: 3_500,
        })
    };
    site.commit(A, [service("app"), db()], &[]);
    site.commit(B, [service("app").env("2"), db()], &[]);
    site.deploy(A).unwrap();
    assert_eq!(permanent(site.deploy(B).unwrap_err()), "db exited with 9");
}

#[test]
fn a_missing_image_changes_nothing() {
    let mut site = Site::new();
    site.commit(A, [service("app")], &[]);
    site.commit(B, [service("app").image("web:2")], &[]);
    site.deploy(A).unwrap();
    let failure = site.deploy(B).unwrap_err();
    assert_eq!(
        failure.message(),
        "pulling the image of app: manifest for web:2 not found"
    );
    assert_eq!(site.changes(), Vec::<String>::new());
    assert_eq!(site.processes()[0].state, "running");
}

#[test]
fn a_missing_image_that_must_not_be_pulled_is_known_before() {
    let site = Site::new().configured(json!({"pull": "never"}));
    site.commit(A, [service("app").image("web:2")], &[]);
    site.move_tree(A);
    let message = permanent(site.propose(A, None).unwrap_err());
    assert!(
        message
            .starts_with("the image `web:2` of app is not on this machine, and pull is \"never\""),
        "{message}"
    );
}

#[test]
fn a_build_that_fails_changes_nothing() {
    let mut site = Site::new();
    site.commit(A, [service("app").build("src")], &[("src", "1")]);
    site.commit(B, [service("app").build("src")], &[("src", "broken")]);
    site.deploy(A).unwrap();
    let failure = site.deploy(B).unwrap_err();
    assert_eq!(failure.message(), "building app: exit status 1");
    assert_eq!(site.changes(), Vec::<String>::new());
}

#[test]
fn a_run_killed_between_the_move_and_compose_is_made_good_by_the_next() {
    let mut site = Site::new();
    site.commit(A, [service("app").mount("site")], &[("site", "1")]);
    site.commit(B, [service("app").mount("site")], &[("site", "2")]);
    site.deploy(A).unwrap();
    site.move_tree(B);
    // Killed here; the next run moves nothing, and the containers still run A.
    site.deploy(B).unwrap();
    assert_eq!(site.changes(), ["restart app"]);
    assert_eq!(site.stale(), Vec::<String>::new());
}

#[test]
fn a_run_killed_after_the_build_does_not_start_the_wrong_image_later() {
    let mut site = Site::new();
    site.commit(A, [service("app").build("src")], &[("src", "1")]);
    site.commit(B, [service("app").build("src")], &[("src", "2")]);
    site.deploy(A).unwrap();
    site.kill_after(1);
    site.deploy(B).unwrap_err();
    // The name stands for B's image; A is wanted again.
    site.deploy(A).unwrap();
    assert_eq!(site.calls(), ["build app"]);
    assert_eq!(site.stale(), Vec::<String>::new());
}

#[test]
fn killed_at_any_point_the_next_run_ends_well() {
    for effects in 0..12 {
        let mut site = Site::new();
        let specs = |env| {
            [
                service("app").build("src"),
                service("web").env(env).mount("site"),
                service("db").mount("conf"),
            ]
        };
        site.commit(A, specs("1"), &[("src", "1"), ("site", "1"), ("conf", "1")]);
        site.commit(B, specs("2"), &[("src", "2"), ("site", "2"), ("conf", "2")]);
        site.deploy(A).unwrap();
        site.kill_after(effects);
        let killed = site.deploy(B).is_err();
        assert_eq!(killed, effects < 7, "{effects}: {:?}", site.calls());
        site.deploy(B).unwrap();
        assert_eq!(
            site.stale(),
            Vec::<String>::new(),
            "killed after {effects} effects"
        );
        assert_eq!(site.plan(B), []);
    }
}

#[test]
fn no_services_at_all() {
    let site = Site::new();
    site.commit(A, [], &[]);
    site.move_tree(A);
    let refused = site.propose(A, None).unwrap_err();
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
    let mut site = breaking(Behaviour::Loops);
    let failure = site.deploy(B).unwrap_err();
    assert_eq!(failure.code(), "compose-restart.crash-loop");
    let diagnostic = failure.diagnostic();
    for (name, value) in [("service", "app"), ("restarts", "5"), ("exit-code", "1")] {
        assert_eq!(diagnostic.value(name), Some(value), "{name}");
    }
    // What Docker refuses keeps its own code, whatever was being done.
    let mut site = breaking(Behaviour::Refuses);
    assert_eq!(site.deploy(B).unwrap_err().code(), "test.no-start");
}
