//! What was decided is what Docker shows afterwards, or the step fails.

use crate::values;
use compose_restart::decision::Verb;
use compose_restart::held::{connected, held};
use deployhost_plugin::compose::Service;
use deployhost_plugin::containers::Container;

fn service(replicas: u32) -> Service {
    Service {
        replicas,
        networks: vec!["app_default".into()],
        ..values::service("app")
    }
}

fn container(id: &str, state: &str, started_at: &str) -> Container {
    Container {
        started_at: started_at.into(),
        ..values::container(id, state)
    }
}

/// The ids that stand for the service, or what was not done.
fn look(verb: Verb, replicas: u32, before: &Container, now: &[Container]) -> String {
    match held(verb, &service(replicas), &[before], now) {
        Ok(here) => here
            .iter()
            .map(|it| it.id.as_str())
            .collect::<Vec<_>>()
            .join(" "),
        Err(failure) => failure.message().to_owned(),
    }
}

#[test]
fn a2_recreated_is_another_container() {
    let old = container("old", "running", "t1");
    let new = container("new", "running", "t2");
    let recreated = |now: &[Container]| look(Verb::Recreate, 1, &old, now);
    assert_eq!(recreated(std::slice::from_ref(&new)), "new");
    assert_eq!(
        recreated(std::slice::from_ref(&old)),
        "Compose ended well but left app as it was"
    );
    assert_eq!(
        recreated(&[old.clone(), new.clone()]),
        "Compose ended well but left app as it was"
    );
    // One that ended at once is another one all the same: what became of it is seen by watching.
    assert_eq!(recreated(&[container("new", "exited", "t2")]), "new");
    let left = container("old", "created", "");
    assert_eq!(look(Verb::Recreate, 1, &left, &[left.clone(), new]), "new");
    assert_eq!(
        recreated(&[]),
        "Compose ended well but app has no container"
    );
}

#[test]
fn a2_restarted_is_another_start() {
    let old = container("old", "running", "t1");
    let restarted = |now: &[Container]| look(Verb::Restart, 1, &old, now);
    assert_eq!(restarted(&[container("old", "running", "t2")]), "old");
    assert_eq!(
        restarted(std::slice::from_ref(&old)),
        "Docker ended well but did not start app again"
    );
}

#[test]
fn a5_scaled_is_as_many_as_are_wanted() {
    let old = container("old", "running", "t1");
    let new = container("new", "running", "t2");
    let both = [old.clone(), new.clone()];
    assert_eq!(look(Verb::Scale, 2, &old, &both), "old new");
    assert_eq!(
        look(Verb::Scale, 3, &old, &both),
        "Compose ended well but app has 2 containers, the Compose file wants 3"
    );
    assert_eq!(look(Verb::Scale, 0, &old, &[]), "");
}

#[test]
fn a3_it_is_in_the_networks_that_it_is_to_be_in() {
    let alone = container("new", "running", "t2");
    let missing = connected(&service(1), std::slice::from_ref(&alone)).unwrap_err();
    assert_eq!(
        missing.message(),
        "app runs but is not connected to the network app_default"
    );
    let there = Container {
        networks: vec!["other".into(), "app_default".into()],
        ..alone
    };
    connected(&service(1), &[there]).unwrap();
}
