//! What a service is bound to takes it along.

use crate::target::{Behaviour, DeployTarget, service};
use deployhost_plugin::serde_json::json;

const A: &str = "aaaaaaaa";
const B: &str = "bbbbbbbb";

fn plan(target: &mut DeployTarget) -> Vec<String> {
    target.deploy(A).unwrap();
    target.move_tree(B);
    let actions = target.plan(B);
    actions
        .iter()
        .map(|(what, why)| format!("{what}: {why}"))
        .collect()
}

fn brings_it(target: &mut DeployTarget, changes: &[&str]) {
    target.deploy(B).unwrap();
    assert_eq!(target.changes(), changes);
    assert_eq!(target.stale(), Vec::<String>::new());
    assert_eq!(target.plan(B), []);
}

#[test]
fn a4_what_lives_in_a_container_goes_with_it() {
    let mut target = DeployTarget::new();
    let specs = |env| {
        [
            service("inner").shares("app"),
            service("app").shares("vpn"),
            service("vpn").env(env),
            service("db"),
        ]
    };
    target.commit(A, specs("1"), &[]);
    target.commit(B, specs("2"), &[]);
    assert_eq!(
        plan(&mut target),
        [
            "recreate inner: it shares the network, processes or memory of app",
            "recreate app: it shares the network, processes or memory of vpn",
            "recreate vpn: its configuration in the Compose file changed",
        ]
    );
    brings_it(
        &mut target,
        &["recreate vpn", "recreate app", "recreate inner"],
    );
}

#[test]
fn a4_what_nobody_would_bring_back_is_not_cut_off() {
    let mut target = DeployTarget::new();
    let specs = |env| [service("app").shares("vpn"), service("vpn").env(env)];
    target.commit(A, specs("1"), &[]);
    target.commit(B, specs("2"), &[]);
    target.deploy(A).unwrap();
    let mut target = target.configured(json!({ "services": ["vpn"] }));
    let first = target.deploy(A).unwrap();
    assert_eq!(first.summary, "left vpn");
    target.move_tree(B);
    let refused = target.propose(B, None).unwrap_err();
    let words = "app would be cut off and is not in `services`; add it there";
    assert!(refused.to_string().contains(words), "{refused}");
    let refused = target.deploy(B).unwrap_err();
    assert!(refused.to_string().contains(words), "{refused}");
    assert_eq!(target.changes(), [""; 0]);
    let mut target = target.configured(json!({ "services": ["vpn", "app"] }));
    assert_eq!(target.deploy(B).unwrap().summary, "recreated app and vpn");
}

#[test]
fn a4_what_lives_in_a_restarted_container_is_restarted() {
    let mut target = DeployTarget::new();
    let specs = || [service("app").shares("vpn"), service("vpn").mount("conf")];
    target.commit(A, specs(), &[("conf", "1")]);
    target.commit(B, specs(), &[("conf", "2")]);
    assert_eq!(
        plan(&mut target),
        [
            "restart app: it shares the network, processes or memory of vpn",
            "restart vpn: its mounted ./conf changed (aaaaaaa → bbbbbbb)",
        ]
    );
    brings_it(&mut target, &["restart vpn", "restart app"]);
}

#[test]
fn a4_what_lives_in_a_container_that_is_gone_is_recreated() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").shares("vpn"), service("vpn")], &[]);
    target.deploy(A).unwrap();
    target.recreate_by_hand("vpn");
    let receipt = target.deploy(A).unwrap();
    assert_eq!(receipt.summary, "recreated app and vpn");
    assert_eq!(target.stale(), Vec::<String>::new());
}

#[test]
fn a4_volumes_of_a_replaced_container_are_taken_anew() {
    let mut target = DeployTarget::new();
    let specs = |env| {
        [
            service("reader").volumes_from("data"),
            service("data").env(env),
        ]
    };
    target.commit(A, specs("1"), &[]);
    target.commit(B, specs("2"), &[]);
    assert_eq!(
        plan(&mut target)[0],
        "recreate reader: it uses the volumes of data"
    );
    brings_it(&mut target, &["recreate data", "recreate reader"]);
}

#[test]
fn a4_a_dependent_that_is_to_be_restarted_is() {
    let mut target = DeployTarget::new();
    let specs = |env| {
        [
            service("app").restarts_with("db"),
            service("other").after("db"),
            service("db").env(env),
        ]
    };
    target.commit(A, specs("1"), &[]);
    target.commit(B, specs("2"), &[]);
    assert_eq!(
        plan(&mut target),
        [
            "restart app: it is to be restarted whenever db is",
            "recreate db: its configuration in the Compose file changed",
        ]
    );
    brings_it(&mut target, &["recreate db", "restart app"]);
}

#[test]
fn a4_what_follows_by_the_plan_is_restarted() {
    let mut target = DeployTarget::new().configured(json!({"follow": {"proxy": ["app"]}}));
    let specs = |app, db| {
        [
            service("proxy"),
            service("app").env(app),
            service("db").env(db),
        ]
    };
    target.commit(A, specs("1", "1"), &[]);
    target.commit(B, specs("2", "1"), &[]);
    assert_eq!(
        plan(&mut target),
        [
            "restart proxy: it is to be restarted whenever app is",
            "recreate app: its configuration in the Compose file changed",
        ]
    );
    brings_it(&mut target, &["recreate app", "restart proxy"]);
    // Another service does not concern it.
    target.commit(A, specs("2", "2"), &[]);
    assert_eq!(
        target.deploy(A).unwrap().summary,
        "recreated db; left proxy and app"
    );
}

#[test]
fn services_that_follow_each_other_are_restarted_once() {
    let follow = json!({"follow": {"one": ["two"], "two": ["one"]}});
    let mut target = DeployTarget::new().configured(follow);
    let specs = |env| [service("one").env(env), service("two")];
    target.commit(A, specs("1"), &[]);
    target.commit(B, specs("2"), &[]);
    assert_eq!(plan(&mut target).len(), 2);
    target.deploy(B).unwrap();
    assert_eq!(target.changes().len(), 2);
    assert_eq!(target.plan(B), []);
}

#[test]
fn what_may_happen_to_a_donor_may_happen_to_its_guest() {
    let mut target = DeployTarget::new().configured(json!({"pull": "always"}));
    target.registry("busybox:1", "busybox");
    target.image("vpn:1", "vpn");
    target.registry("vpn:1", "vpn");
    let specs = || [service("app").shares("vpn"), service("vpn").image("vpn:1")];
    target.commit(A, specs(), &[]);
    target.deploy(A).unwrap();
    target.registry("vpn:1", "newer");
    let receipt = target.deploy(A).unwrap();
    assert_eq!(receipt.summary, "recreated app and vpn");
    assert_eq!(target.stale(), Vec::<String>::new());
    // Nothing came: both are left.
    assert_eq!(target.deploy(A).unwrap().summary, "left app and vpn");
}

#[test]
fn a13_what_another_service_waits_for_to_end_is_a_oneshot() {
    let mut target = DeployTarget::new();
    let init = || {
        service("init").behaves(Behaviour::Exits {
            code: 0,
            after: 3_000,
        })
    };
    let specs = || {
        [
            service("app").waits("init", "service_completed_successfully"),
            init(),
        ]
    };
    target.commit(A, specs(), &[]);
    let receipt = target.deploy(A).unwrap();
    assert_eq!(receipt.summary, "created app and init");
    assert_eq!(target.changes(), ["bring up init", "bring up app"]);
    assert!(
        target
            .reported()
            .iter()
            .any(|it| it.contains("app waits for init, 2 s of 20 s")),
        "{:?}",
        target.reported()
    );
    assert_eq!(target.plan(A), []);
}

#[test]
fn a14_a_dependency_is_waited_for_as_long_as_the_step_may() {
    for (behaviour, condition, wanted) in [
        (
            Behaviour::Unhealthy,
            "service_healthy",
            "app depends on db, which is not healthy after 20s",
        ),
        (
            Behaviour::Runs,
            "service_completed_successfully",
            "app depends on db, which has not run to its end after 20s",
        ),
        (
            Behaviour::Exits {
                code: 3,
                after: 1_000,
            },
            "service_completed_successfully",
            "db exited with 3",
        ),
    ] {
        let mut target = DeployTarget::new();
        target.commit(
            A,
            [
                service("app").waits("db", condition),
                service("db").behaves(behaviour),
            ],
            &[],
        );
        assert_eq!(target.deploy(A).unwrap_err().message(), wanted);
        assert_eq!(target.changes(), ["bring up db"]);
    }
}
