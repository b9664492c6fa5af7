//! What is touched after what.

use compose_restart::decision::{Decision, Preparation, Verb};
use compose_restart::order::{Batch, batches, stops};
use deployhost_plugin::compose::Service;

fn service(name: &str, depends_on: &[&str]) -> Service {
    Service {
        name: name.into(),
        config_hash: String::new(),
        image: String::new(),
        image_id: None,
        build: None,
        mounts: vec![],
        restart: String::new(),
        health: false,
        depends_on: depends_on.iter().map(|it| (*it).into()).collect(),
    }
}

fn decision(service: &str, verb: Verb) -> Decision {
    Decision {
        service: service.into(),
        verb,
        preparation: Preparation::None,
        why: String::new(),
    }
}

fn up(services: &[&str], force: bool) -> Batch {
    Batch::Up {
        services: services.iter().map(|it| (*it).into()).collect(),
        force,
    }
}

const RECREATE: Verb = Verb::Recreate { force: false };

#[test]
fn what_others_depend_on_comes_first() {
    let services = [
        service("proxy", &["app"]),
        service("app", &["db"]),
        service("db", &[]),
    ];
    let decisions = [
        decision("proxy", Verb::Restart),
        decision("app", RECREATE),
        decision("db", Verb::Restart),
    ];
    assert_eq!(
        batches(&services, &decisions),
        [
            Batch::Restart(vec!["db".into()]),
            up(&["app"], false),
            Batch::Restart(vec!["proxy".into()])
        ]
    );
}

#[test]
fn neighbours_that_are_treated_alike_go_together() {
    let services = [
        service("a", &[]),
        service("b", &[]),
        service("c", &[]),
        service("d", &[]),
    ];
    let decisions = [
        decision("a", Verb::Create),
        decision("b", RECREATE),
        decision("c", Verb::Leave),
        decision("d", Verb::Recreate { force: true }),
    ];
    assert_eq!(
        batches(&services, &decisions),
        [up(&["a", "b"], false), up(&["d"], true)]
    );
}

#[test]
fn a_circle_ends() {
    let services = [service("a", &["b"]), service("b", &["a"])];
    let decisions = [decision("a", Verb::Restart), decision("b", Verb::Restart)];
    assert_eq!(
        batches(&services, &decisions),
        [Batch::Restart(vec!["b".into(), "a".into()])]
    );
}

#[test]
fn the_last_to_start_is_the_first_to_stop() {
    let services = [service("app", &["db"]), service("db", &[])];
    let decisions = [decision("app", Verb::Stop), decision("db", Verb::Stop)];
    assert_eq!(stops(&services, &decisions), ["app", "db"]);
    assert_eq!(batches(&services, &decisions), []);
}
