//! A pin brings back exactly what it is of, after git-sync has moved the tree back.

use crate::target::{Behaviour, DeployTarget, service};
use deployhost_plugin::Failure;
use deployhost_plugin::serde_json::json;

const A: &str = "aaaaaaaa";
const B: &str = "bbbbbbbb";

/// git-sync moves back, then this step gets the release's pin.
fn back(target: &mut DeployTarget, pin: &str) -> Result<String, Failure> {
    target.move_tree(A);
    target.apply(A, Some(pin)).map(|receipt| receipt.summary)
}

#[test]
fn a_release_comes_back_without_a_build() {
    let mut target = DeployTarget::new();
    let specs = |env| {
        [
            service("app").build("src").env(env).mount("target"),
            service("db"),
        ]
    };
    target.commit(A, specs("1"), &[("src", "1"), ("target", "1")]);
    target.commit(B, specs("2"), &[("src", "2"), ("target", "2")]);
    let release = target.deploy(A).unwrap().pin.unwrap();
    target.deploy(B).unwrap();
    assert_eq!(
        back(&mut target, &release).unwrap(),
        "recreated app; left db"
    );
    assert_eq!(
        target.calls(),
        [
            "use app sha256:built-1",
            "keep app sha256:built-1",
            "keep app sha256:built-2",
            "keep db sha256:busybox",
            "recreate app",
        ]
    );
    assert_eq!(target.stale(), Vec::<String>::new());
    back(&mut target, &release).unwrap();
    assert_eq!(
        target.calls(),
        Vec::<String>::new(),
        "the second time nothing is left to do"
    );
    // And the way forward is open: the build of A is remembered.
    assert_eq!(target.plan(A), []);
}

#[test]
fn a_changed_mount_comes_back_by_a_restart() {
    let mut target = DeployTarget::new();
    let specs = || [service("app").mount("target"), service("db").mount("conf")];
    target.commit(A, specs(), &[("target", "1"), ("conf", "1")]);
    target.commit(B, specs(), &[("target", "2"), ("conf", "1")]);
    let release = target.deploy(A).unwrap().pin.unwrap();
    target.deploy(B).unwrap();
    assert_eq!(
        back(&mut target, &release).unwrap(),
        "restarted app; left db"
    );
    assert_eq!(target.stale(), Vec::<String>::new());
}

#[test]
fn after_a_run_that_failed_in_the_middle() {
    let mut target = DeployTarget::new();
    let specs = |behaviour| {
        [
            service("db").mount("conf"),
            service("app").build("src").behaves(behaviour),
        ]
    };
    target.commit(A, specs(Behaviour::Runs), &[("src", "1"), ("conf", "1")]);
    target.commit(B, specs(Behaviour::Loops), &[("src", "2"), ("conf", "2")]);
    let release = target.deploy(A).unwrap().pin.unwrap();
    target.deploy(B).unwrap_err();
    // There is no receipt of what the failed run started.
    assert_eq!(
        back(&mut target, &release).unwrap(),
        "restarted db; recreated app"
    );
    assert_eq!(target.stale(), Vec::<String>::new());
}

#[test]
fn after_a_command_that_cannot_start() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app")], &[]);
    target.commit(B, [service("app").behaves(Behaviour::Refuses)], &[]);
    let release = target.deploy(A).unwrap().pin.unwrap();
    target.deploy(B).unwrap_err();
    assert_eq!(back(&mut target, &release).unwrap(), "recreated app");
    assert_eq!(target.processes().len(), 1);
    assert_eq!(target.stale(), Vec::<String>::new());
}

#[test]
fn a_run_killed_after_its_build_needs_the_name_back_and_nothing_else() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").build("src")], &[("src", "1")]);
    target.commit(B, [service("app").build("src")], &[("src", "2")]);
    let release = target.deploy(A).unwrap().pin.unwrap();
    target.kill_after(1);
    target.deploy(B).unwrap_err();
    target.move_tree(A);
    let proposal = target.propose(A, Some(&release)).unwrap();
    assert_eq!(
        proposal.actions,
        [(
            "at most: recreate app".into(),
            "its image name stands for another image than the release's built-1".into()
        )]
    );
    assert_eq!(proposal.next, Some(release.clone()));
    back(&mut target, &release).unwrap();
    assert_eq!(target.calls(), ["use app sha256:built-1"]);
}

#[test]
fn an_image_that_is_gone_is_found_before_anything_stops() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").build("src")], &[("src", "1")]);
    target.commit(B, [service("app").build("src")], &[("src", "2")]);
    let release = target.deploy(A).unwrap().pin.unwrap();
    target.deploy(B).unwrap();
    target.remove_image("built-1");
    let failure = back(&mut target, &release).unwrap_err();
    assert_eq!(
        failure,
        Failure::unavailable(
            "compose-restart.image-unavailable",
            "the image sha256:built-1 that app ran in that release is no longer on this machine"
        )
        .parameter("service", "app")
        .parameter("image", "sha256:built-1")
    );
    assert_eq!(target.calls(), Vec::<String>::new());
    assert_eq!(target.propose(A, Some(&release)).unwrap_err(), failure);
}

#[test]
fn what_the_first_run_found_comes_back() {
    let mut target = DeployTarget::new();
    target.commit(
        A,
        [service("app").mount("target"), service("db")],
        &[("target", "1")],
    );
    target.commit(
        B,
        [
            service("app").mount("target").env("2"),
            service("db"),
            service("web"),
        ],
        &[("target", "2")],
    );
    target.move_tree(A);
    target.up_by_hand(&["app", "db"]);
    let found = target.propose(B, None).unwrap().now.unwrap();
    assert!(
        found.contains(r#""mounts":null"#),
        "what they were started from is not known: {found}"
    );
    target.image("busybox:1", "newer");
    target.deploy(B).unwrap();
    let summary = back(&mut target, &found).unwrap();
    assert!(
        summary.starts_with("put back app and db; web is gone from the file"),
        "{summary}"
    );
    let images: Vec<String> = target
        .processes()
        .into_iter()
        .filter(|it| it.service != "web")
        .map(|it| it.image)
        .collect();
    assert_eq!(images, ["sha256:busybox", "sha256:busybox"]);
    assert_eq!(target.stale(), Vec::<String>::new());
}

#[test]
fn what_did_not_run_in_the_release_does_not_run_again() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app"), service("web")], &[]);
    target.move_tree(A);
    target.up_by_hand(&["app"]);
    let found = target.propose(A, None).unwrap().now.unwrap();
    target.deploy(A).unwrap();
    assert_eq!(
        back(&mut target, &found).unwrap(),
        "put back app; stopped web"
    );
    assert_eq!(target.calls()[1..], ["stop web", "put back app"]);
    back(&mut target, &found).unwrap();
    assert_eq!(target.calls(), Vec::<String>::new());
    // Forward again, it is wanted.
    assert_eq!(
        target.plan(A)[1],
        (
            "restart web".into(),
            "it is not running (exited with 137)".into()
        )
    );
}

#[test]
fn where_nothing_ran_before_undo_stops_what_was_started() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app"), service("db")], &[]);
    target.undo().unwrap();
    target.deploy(A).unwrap();
    target.undo().unwrap();
    assert_eq!(target.calls(), ["stop app", "stop db"]);
    target.undo().unwrap();
    assert_eq!(target.calls(), Vec::<String>::new());
}

#[test]
fn a_release_of_another_making_is_not_guessed() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app")], &[]);
    target.deploy(A).unwrap();
    let failure = back(&mut target, r#"{"v":7}"#).unwrap_err();
    assert!(
        matches!(&failure, Failure::Permanent(it) if it.message.contains("another version")),
        "{failure:?}"
    );
    assert_eq!(target.calls(), Vec::<String>::new());
}

#[test]
fn a_oneshot_of_the_release_runs_again_where_it_has_to() {
    let mut target = DeployTarget::new().configured(json!({"oneshot": ["migrate"]}));
    let migrate = || {
        service("migrate").mount("sql").behaves(Behaviour::Exits {
            code: 0,
            after: 1_000,
        })
    };
    target.commit(A, [migrate()], &[("sql", "1")]);
    target.commit(B, [migrate()], &[("sql", "2")]);
    let release = target.deploy(A).unwrap().pin.unwrap();
    target.deploy(B).unwrap();
    assert_eq!(back(&mut target, &release).unwrap(), "restarted migrate");
    assert_eq!(target.stale(), Vec::<String>::new());
}

#[test]
fn a_memory_of_what_was_found_does_not_say_what_it_was_started_from() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").mount("target")], &[("target", "1")]);
    target.move_tree(A);
    target.up_by_hand(&["app"]);
    target.last = target.propose(A, None).unwrap().now;
    assert_eq!(
        target.plan(A),
        [(
            "recreate app".into(),
            "it is not known what its container was created from".into()
        )]
    );
}

#[test]
fn undo_leaves_another_files_container_alone() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app")], &[]);
    target.deploy(A).unwrap();
    target.edit("app", |it| {
        it.config_files = vec!["docker-compose-preprod.yml".into()]
    });
    target.undo().unwrap();
    assert_eq!(target.calls(), Vec::<String>::new());
}
