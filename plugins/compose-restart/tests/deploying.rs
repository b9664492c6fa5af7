//! Carrying it out: the order of things, what is kept, what is reported, and the receipt.

use crate::site::{Behaviour, Site, service};
use deployhost_plugin::serde_json::{self, Value, json};

const A: &str = "aaaaaaaa";
const B: &str = "bbbbbbbb";

#[test]
fn images_come_and_are_kept_before_anything_stops() {
    let mut site = Site::new();
    let specs = |env| {
        [
            service("app").build("src"),
            service("web").env(env),
            service("db"),
        ]
    };
    site.commit(A, specs("1"), &[("src", "1")]);
    site.commit(B, specs("2"), &[("src", "2")]);
    site.deploy(A).unwrap();
    let receipt = site.deploy(B).unwrap();
    assert_eq!(
        site.calls(),
        [
            "build app",
            "keep app sha256:built-1",
            "keep app sha256:built-2",
            "keep db sha256:busybox",
            "keep web sha256:busybox",
            "up app web",
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
    let mut site = Site::new();
    site.commit(A, [service("app")], &[]);
    site.commit(B, [service("app").env("A=2")], &[]);
    site.move_tree(A);
    site.up_by_hand(&["app"]);
    site.image("busybox:1", "newer");
    site.deploy(B).unwrap();
    let kept = site.kept();
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
    let mut site = Site::new();
    let specs = || {
        [
            service("proxy").mount("s").after("app"),
            service("app").mount("s").after("db"),
            service("db").mount("s"),
        ]
    };
    site.commit(A, specs(), &[("s", "1")]);
    site.commit(B, specs(), &[("s", "2")]);
    site.deploy(A).unwrap();
    site.deploy(B).unwrap();
    assert_eq!(
        site.changes(),
        ["restart db", "restart app", "restart proxy"]
    );
}

#[test]
fn the_output_tells_each_service() {
    let mut site = Site::new();
    site.commit(A, [service("app").env("1"), service("db")], &[]);
    site.commit(B, [service("app").env("2"), service("db")], &[]);
    site.deploy(A).unwrap();
    let receipt = site.deploy(B).unwrap();
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
    let mut site = Site::new();
    site.folder("site");
    site.outside("/etc/app.conf", "conf");
    let app = || {
        service("app")
            .build("src")
            .mount("site")
            .mount("/etc/app.conf")
            .mount("data")
    };
    site.commit(A, [app()], &[("src", "1"), ("site", "1")]);
    let receipt = site.deploy(A).unwrap();
    let pin: Value = serde_json::from_str(&receipt.pin.unwrap()).unwrap();
    let hash = site.processes()[0].config_hash.clone();
    assert_eq!(
        pin,
        json!({"v": 1, "commit": A, "services": {"app": {
            "image": "sha256:built-1", "hash": hash, "running": true,
            "containers": [{"id": "c1", "name": "app_app_1", "started_at": "t1"}],
            "mounts": [
                {"path": "/srv/app/site", "folder": true, "fingerprint": "git:1", "identity": "1:0"},
                {"path": "/etc/app.conf", "folder": false, "fingerprint": "conf", "identity": "1:0"},
                {"path": "/srv/app/data", "folder": false, "fingerprint": null, "identity": "1:0"},
            ],
            "build": "git:1",
        }}})
    );
}

#[test]
fn it_waits_for_health_and_says_for_whom() {
    let mut site = Site::new();
    site.commit(
        A,
        [
            service("app").behaves(Behaviour::Healthy { after: 5_000 }),
            service("db"),
        ],
        &[],
    );
    site.deploy(A).unwrap();
    assert_eq!(site.processes()[0].health.as_deref(), Some("healthy"));
    let reported = site.reported();
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
    let mut site = Site::new();
    site.commit(A, [service("app").behaves(Behaviour::LoopsTimes(3))], &[]);
    let receipt = site.deploy(A).unwrap();
    assert_eq!(receipt.summary, "created app");
    assert_eq!(site.processes()[0].restart_count, 3);
    assert_eq!(site.plan(A), [], "the last start is the one remembered");
}

#[test]
fn a_oneshot_is_waited_for() {
    let mut site = Site::new().configured(json!({"oneshot": ["migrate"]}));
    site.commit(
        A,
        [service("migrate").behaves(Behaviour::Exits {
            code: 0,
            after: 6_000,
        })],
        &[],
    );
    site.deploy(A).unwrap();
    assert_eq!(site.processes()[0].state, "exited");
    assert!(
        site.reported()
            .iter()
            .any(|it| it.contains("migrate: has not run to its end, 5 s"))
    );
}

#[test]
fn where_nothing_changed_nothing_is_waited_for() {
    let mut site = Site::new();
    site.commit(A, [service("app")], &[]);
    site.deploy(A).unwrap();
    let reported = site.reported().len();
    let receipt = site.deploy(A).unwrap();
    assert_eq!(receipt.summary, "left app");
    assert_eq!(receipt.pin, site.last);
    assert_eq!(site.reported().len(), reported);
}

#[test]
fn a_daemon_that_is_away_for_a_moment_is_waited_for() {
    let mut site = Site::new();
    site.commit(A, [service("app")], &[]);
    site.daemon_goes_away(3);
    assert_eq!(site.deploy(A).unwrap().summary, "created app");
}
