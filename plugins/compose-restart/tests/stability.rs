//! Up, and stays so: samples in, status out.

use crate::values;
use compose_restart::container_watch::WatchedContainer;
use compose_restart::stability::{Stability, StabilityStatus};
use deployhost_plugin::Duration;
use deployhost_plugin::containers::Container;

fn container(state: &str) -> Container {
    Container {
        name: "app_app_1".into(),
        project: "app".into(),
        image: "sha256:1".into(),
        restart_count: 4,
        started_at: "t1".into(),
        ..values::container("c1", state)
    }
}

fn watching(touched: bool) -> Stability {
    let container = container("running");
    Stability::new(vec![WatchedContainer {
        container,
        touched,
        oneshot: false,
    }])
}

fn is_stable(stability: &mut Stability, at: u64, container: Container) -> bool {
    stability.sample(at, &[container]) == StabilityStatus::Stable
}

#[test]
fn enough_good_looks_over_enough_time() {
    let mut often = watching(true);
    for at in [0, 100, 200, 1_900] {
        assert!(!is_stable(&mut often, at, container("running")), "{at}");
    }
    assert!(is_stable(&mut often, 2_000, container("running")));

    let mut long = watching(true);
    assert!(!is_stable(&mut long, 0, container("running")));
    assert!(!is_stable(&mut long, 60_000, container("running")));
    assert!(is_stable(&mut long, 60_001, container("running")));
}

#[test]
fn one_good_look_is_enough_for_what_was_left() {
    assert!(is_stable(&mut watching(false), 0, container("running")));
}

#[test]
fn a_start_in_between_begins_anew() {
    for again in [
        Container {
            restart_count: 5,
            ..container("running")
        },
        Container {
            started_at: "t2".into(),
            ..container("running")
        },
    ] {
        let mut stability = watching(true);
        for at in [0, 1_000, 1_900] {
            assert!(!is_stable(&mut stability, at, container("running")));
        }
        for at in [2_000, 3_000, 3_900] {
            assert!(!is_stable(&mut stability, at, again.clone()), "{at}");
        }
        assert!(is_stable(&mut stability, 4_000, again));
    }
}

#[test]
fn a_bad_look_begins_anew() {
    for state in ["restarting", "created", "paused"] {
        let mut stability = watching(true);
        for at in [0, 1_000] {
            assert!(!is_stable(&mut stability, at, container("running")));
        }
        assert!(!is_stable(&mut stability, 1_500, container(state)));
        for at in [2_000, 3_000] {
            assert!(
                !is_stable(&mut stability, at, container("running")),
                "{state}"
            );
        }
        assert!(is_stable(&mut stability, 4_000, container("running")));
    }
}

#[test]
fn a_loop_is_named_with_what_it_was_seen_to_end_with() {
    let again = |restart_count, state, exit_code| Container {
        restart_count,
        exit_code,
        ..container(state)
    };
    // Running again, it reads as if it had ended with 0.
    for (seen, end) in [("restarting", "; it exited with 3"), ("running", "")] {
        let mut stability = watching(true);
        stability.sample(0, &[again(5, seen, 3)]);
        let StabilityStatus::Failed(failure) = stability.sample(100, &[again(9, "running", 0)])
        else {
            panic!()
        };
        let what = "app keeps ending: Docker started it again 5 times";
        assert_eq!(failure.diagnostic.message, format!("{what}{end}"));
    }
}

#[test]
fn what_vanishes_has_failed() {
    let StabilityStatus::Failed(failure) = watching(true).sample(0, &[]) else {
        panic!()
    };
    assert_eq!(
        failure.diagnostic.message,
        "app: its container app_app_1 is gone"
    );
}

#[test]
fn when_the_time_is_up_it_shows_how_often_it_was_started_again() {
    let mut stability = watching(true);
    let down = Container {
        restart_count: 6,
        exit_code: 2,
        ..container("restarting")
    };
    let StabilityStatus::Waiting { others, up } = stability.sample(0, &[down]) else {
        panic!()
    };
    assert_eq!(up, 0);
    assert_eq!(
        stability
            .give_up(&others, Duration::from_secs(2))
            .diagnostic
            .message,
        "app is not up after 2s: it exited with 2 and is started again, and Docker started it again 2 times"
    );
}
