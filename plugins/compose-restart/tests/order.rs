//! What is touched after what.

use crate::values;
use compose_restart::decision::{Decision, Preparation, Verb};
use compose_restart::order::{starts, stops};
use deployhost_plugin::compose::{Dependency, Service};

fn service(name: &str, depends_on: &[&str]) -> Service {
    let dependency = |name: &&str| Dependency {
        service: (*name).into(),
        condition: "service_started".into(),
        restart: false,
    };
    Service {
        depends_on: depends_on.iter().map(dependency).collect(),
        ..values::service(name)
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

fn names(decisions: &[&Decision]) -> Vec<String> {
    decisions.iter().map(|it| it.service.clone()).collect()
}

#[test]
fn what_others_depend_on_comes_first() {
    let services = [
        service("proxy", &["app"]),
        service("app", &["db"]),
        service("left", &[]),
        service("db", &[]),
    ];
    let decisions = [
        decision("proxy", Verb::Restart),
        decision("app", Verb::Recreate),
        decision("left", Verb::Leave),
        decision("db", Verb::Restart),
    ];
    assert_eq!(
        names(&starts(&services, &decisions)),
        ["db", "app", "proxy"]
    );
}

#[test]
fn what_others_live_in_or_take_volumes_from_comes_first() {
    let guest = Service {
        shares: vec!["vpn".into()],
        ..service("guest", &[])
    };
    let reader = Service {
        volumes_from: vec!["guest".into()],
        ..service("reader", &[])
    };
    let services = [reader, guest, service("vpn", &[])];
    let decisions = ["reader", "guest", "vpn"].map(|it| decision(it, Verb::Recreate));
    assert_eq!(
        names(&starts(&services, &decisions)),
        ["vpn", "guest", "reader"]
    );
}

#[test]
fn a_circle_ends() {
    let services = [service("a", &["b"]), service("b", &["a"])];
    let decisions = [decision("a", Verb::Restart), decision("b", Verb::Restart)];
    assert_eq!(names(&starts(&services, &decisions)), ["b", "a"]);
}

#[test]
fn the_last_to_start_is_the_first_to_stop() {
    let services = [service("app", &["db"]), service("db", &[])];
    let decisions = [decision("app", Verb::Stop), decision("db", Verb::Stop)];
    assert_eq!(stops(&services, &decisions), ["app", "db"]);
    assert!(starts(&services, &decisions).is_empty());
}
