//! Carrying it out: the order of things, what is kept, what is reported, and the receipt.

use crate::target::{Behaviour, DeployTarget, service};
use deployhost_plugin::serde_json::{self, Value, json};

const A: &str = "aaaaaaaa";
/// What the fake host makes of the service below.
const CONFIGURATION: &str =
    "|Runs|[\"/srv/app/target\", \"/etc/app.conf\", \"/srv/app/data\"]|app_app|([], [])|";
const B: &str = "bbbbbbbb";

#[test]
fn images_come_and_are_kept_before_anything_stops() {
    let mut target = DeployTarget::new();
    let specs = |env| {
        [
            service("app").build("src"),
            service("web").env(env),
            service("db"),
        ]
    };
    target.commit(A, specs("1"), &[("src", "1")]);
    target.commit(B, specs("2"), &[("src", "2")]);
    target.deploy(A).unwrap();
    let receipt = target.deploy(B).unwrap();
    assert_eq!(
        target.calls(),
        [
            "build app",
            "keep app sha256:built-1",
            "keep app sha256:built-2",
            "keep db sha256:busybox",
            "keep web sha256:busybox",
            "recreate app",
            "recreate web",
        ]
    );
    assert_eq!(
        receipt.summary,
        "built and recreated app; recreated web; left db"
    );
    assert_eq!(receipt.evidence, "running");
}

#[test]
fn what_was_found_in_place_is_kept_too() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app")], &[]);
    target.commit(B, [service("app").env("A=2")], &[]);
    target.move_tree(A);
    target.up_by_hand(&["app"]);
    target.image("busybox:1", "newer");
    target.deploy(B).unwrap();
    let kept = target.kept();
    assert_eq!(
        kept,
        [
            ("app".into(), "sha256:busybox".into()),
            ("app".into(), "sha256:newer".into())
        ]
    );
}

#[test]
fn restarts_follow_what_services_depend_on() {
    let mut target = DeployTarget::new();
    let specs = || {
        [
            service("proxy").mount("s").after("app"),
            service("app").mount("s").after("db"),
            service("db").mount("s"),
        ]
    };
    target.commit(A, specs(), &[("s", "1")]);
    target.commit(B, specs(), &[("s", "2")]);
    target.deploy(A).unwrap();
    target.deploy(B).unwrap();
    assert_eq!(
        target.changes(),
        ["restart db", "restart app", "restart proxy"]
    );
}

#[test]
fn the_output_tells_each_service() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").env("1"), service("db")], &[]);
    target.commit(B, [service("app").env("2"), service("db")], &[]);
    target.deploy(A).unwrap();
    let receipt = target.deploy(B).unwrap();
    let (key, services) = &receipt.outputs[0];
    assert_eq!(key, "services");
    assert_eq!(
        serde_json::from_str::<Value>(services).unwrap(),
        json!({
            "app": {"action": "recreate", "why": "its configuration in the Compose file changed",
                    "container": "c3", "started_at": "t3", "image": "sha256:busybox"},
            "db": {"action": "leave", "why": "nothing that it was started from changed",
                   "container": "c2", "started_at": "t2", "image": "sha256:busybox"},
        })
    );
}

#[test]
fn the_pin_is_what_each_container_was_started_from() {
    let mut target = DeployTarget::new();
    target.folder("target");
    target.outside("/etc/app.conf", "conf");
    let app = || {
        service("app")
            .build("src")
            .mount("target")
            .mount("/etc/app.conf")
            .mount("data")
    };
    target.commit(A, [app()], &[("src", "1"), ("target", "1")]);
    let receipt = target.deploy(A).unwrap();
    let pin: Value = serde_json::from_str(&receipt.pin.unwrap()).unwrap();
    let made = json!({"digest": CONFIGURATION, "but_commit": CONFIGURATION, "compose": "1.29.2"});
    assert_eq!(
        pin,
        json!({"v": 1, "commit": A, "services": {"app": {
            "image": "sha256:built-1", "configuration": made, "running": true,
            "containers": [{"id": "c1", "name": "app_app_1", "started_at": "t1", "restarts": 0}],
            "mounts": [
                {"path": "/srv/app/target", "folder": true, "fingerprint": "git:1", "identity": "1:0"},
                {"path": "/etc/app.conf", "folder": false, "fingerprint": "conf", "identity": "1:0"},
                {"path": "/srv/app/data", "folder": false, "fingerprint": null, "identity": "1:0"},
            ],
            "build": {"content": "git:1", "configuration": ""},
        }}})
    );
}

#[test]
fn it_waits_for_health_and_says_for_whom() {
    let mut target = DeployTarget::new();
    target.commit(
        A,
        [
            service("app").behaves(Behaviour::Healthy { after: 5_000 }),
            service("db"),
        ],
        &[],
    );
    target.deploy(A).unwrap();
    assert_eq!(target.processes()[0].health.as_deref(), Some("healthy"));
    let reported = target.reported();
    assert!(
        reported.contains(&"1 of 2: app: its health check has not passed yet, 3 s of 20 s".into()),
        "{reported:?}"
    );
    assert!(
        reported.contains(&"0 of 2: waiting for app and db, 0 s of 20 s".into()),
        "{reported:?}"
    );
}

#[test]
fn a_service_may_wait_for_another_by_ending_a_few_times() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").behaves(Behaviour::LoopsTimes(3))], &[]);
    let receipt = target.deploy(A).unwrap();
    assert_eq!(receipt.summary, "created app");
    assert_eq!(target.processes()[0].restart_count, 3);
    assert_eq!(target.plan(A), [], "the last start is the one remembered");
}

#[test]
fn a_oneshot_is_waited_for() {
    let mut target = DeployTarget::new().configured(json!({"oneshot": ["migrate"]}));
    target.commit(
        A,
        [service("migrate").behaves(Behaviour::Exits {
            code: 0,
            after: 6_000,
        })],
        &[],
    );
    target.deploy(A).unwrap();
    assert_eq!(target.processes()[0].state, "exited");
    assert!(
        target
            .reported()
            .iter()
            .any(|it| it.contains("migrate: has not run to its end, 5 s"))
    );
}

#[test]
fn where_nothing_changed_nothing_is_waited_for() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app")], &[]);
    target.deploy(A).unwrap();
    let reported = target.reported().len();
    let receipt = target.deploy(A).unwrap();
    assert_eq!(receipt.summary, "left app");
    assert_eq!(receipt.pin, target.last);
    assert_eq!(target.reported().len(), reported);
}

#[test]
fn a_daemon_that_is_away_for_a_moment_is_waited_for() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app")], &[]);
    target.daemon_goes_away(3);
    assert_eq!(target.deploy(A).unwrap().summary, "created app");
}
