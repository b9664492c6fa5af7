//! A pin brings back exactly what it is of, after git-sync has moved the tree back.

use crate::site::{Behaviour, Site, service};
use deployhost_plugin::Failure;
use deployhost_plugin::serde_json::json;

const A: &str = "aaaaaaaa";
const B: &str = "bbbbbbbb";

/// git-sync moves back, then this step gets the release's pin.
fn back(site: &mut Site, pin: &str) -> Result<String, Failure> {
    site.move_tree(A);
    site.apply(A, Some(pin)).map(|receipt| receipt.summary)
}

#[test]
fn a_release_comes_back_without_a_build() {
    let mut site = Site::new();
    let specs = |env| {
        [
            service("app").build("src").env(env).mount("site"),
            service("db"),
        ]
    };
    site.commit(A, specs("1"), &[("src", "1"), ("site", "1")]);
    site.commit(B, specs("2"), &[("src", "2"), ("site", "2")]);
    let release = site.deploy(A).unwrap().pin.unwrap();
    site.deploy(B).unwrap();
    assert_eq!(back(&mut site, &release).unwrap(), "recreated app; left db");
    assert_eq!(
        site.calls(),
        [
            "use app sha256:built-1",
            "keep app sha256:built-1",
            "keep app sha256:built-2",
            "keep db sha256:busybox",
            "up app",
        ]
    );
    assert_eq!(site.stale(), Vec::<String>::new());
    back(&mut site, &release).unwrap();
    assert_eq!(
        site.calls(),
        Vec::<String>::new(),
        "the second time nothing is left to do"
    );
    // And the way forward is open: the build of A is remembered.
    assert_eq!(site.plan(A), []);
}

#[test]
fn a_changed_mount_comes_back_by_a_restart() {
    let mut site = Site::new();
    let specs = || [service("app").mount("site"), service("db").mount("conf")];
    site.commit(A, specs(), &[("site", "1"), ("conf", "1")]);
    site.commit(B, specs(), &[("site", "2"), ("conf", "1")]);
    let release = site.deploy(A).unwrap().pin.unwrap();
    site.deploy(B).unwrap();
    assert_eq!(back(&mut site, &release).unwrap(), "restarted app; left db");
    assert_eq!(site.stale(), Vec::<String>::new());
}

#[test]
fn after_a_run_that_failed_in_the_middle() {
    let mut site = Site::new();
    let specs = |behaviour| {
        [
            service("db").mount("conf"),
            service("app").build("src").behaves(behaviour),
        ]
    };
    site.commit(A, specs(Behaviour::Runs), &[("src", "1"), ("conf", "1")]);
    site.commit(B, specs(Behaviour::Loops), &[("src", "2"), ("conf", "2")]);
    let release = site.deploy(A).unwrap().pin.unwrap();
    site.deploy(B).unwrap_err();
    // There is no receipt of what the failed run started.
    assert_eq!(
        back(&mut site, &release).unwrap(),
        "restarted db; recreated app"
    );
    assert_eq!(site.stale(), Vec::<String>::new());
}

#[test]
fn after_a_command_that_cannot_start() {
    let mut site = Site::new();
    site.commit(A, [service("app")], &[]);
    site.commit(B, [service("app").behaves(Behaviour::Refuses)], &[]);
    let release = site.deploy(A).unwrap().pin.unwrap();
    site.deploy(B).unwrap_err();
    assert_eq!(back(&mut site, &release).unwrap(), "recreated app");
    assert_eq!(site.processes().len(), 1);
    assert_eq!(site.stale(), Vec::<String>::new());
}

#[test]
fn a_run_killed_after_its_build_needs_the_name_back_and_nothing_else() {
    let mut site = Site::new();
    site.commit(A, [service("app").build("src")], &[("src", "1")]);
    site.commit(B, [service("app").build("src")], &[("src", "2")]);
    let release = site.deploy(A).unwrap().pin.unwrap();
    site.kill_after(1);
    site.deploy(B).unwrap_err();
    site.move_tree(A);
    let proposal = site.propose(A, Some(&release)).unwrap();
    assert_eq!(
        proposal.actions,
        [(
            "at most: recreate app".into(),
            "its image name stands for another image than the release's built-1".into()
        )]
    );
    assert_eq!(proposal.next, Some(release.clone()));
    back(&mut site, &release).unwrap();
    assert_eq!(site.calls(), ["use app sha256:built-1"]);
}

#[test]
fn an_image_that_is_gone_is_found_before_anything_stops() {
    let mut site = Site::new();
    site.commit(A, [service("app").build("src")], &[("src", "1")]);
    site.commit(B, [service("app").build("src")], &[("src", "2")]);
    let release = site.deploy(A).unwrap().pin.unwrap();
    site.deploy(B).unwrap();
    site.remove_image("built-1");
    let failure = back(&mut site, &release).unwrap_err();
    assert_eq!(
        failure,
        Failure::unavailable(
            "compose-restart.image-unavailable",
            "the image sha256:built-1 that app ran in that release is no longer on this machine"
        )
        .parameter("service", "app")
        .parameter("image", "sha256:built-1")
    );
    assert_eq!(site.calls(), Vec::<String>::new());
    assert_eq!(site.propose(A, Some(&release)).unwrap_err(), failure);
}

#[test]
fn what_the_first_run_found_comes_back() {
    let mut site = Site::new();
    site.commit(
        A,
        [service("app").mount("site"), service("db")],
        &[("site", "1")],
    );
    site.commit(
        B,
        [
            service("app").mount("site").env("2"),
            service("db"),
            service("web"),
        ],
        &[("site", "2")],
    );
    site.move_tree(A);
    site.up_by_hand(&["app", "db"]);
    let found = site.propose(B, None).unwrap().now.unwrap();
    assert!(
        found.contains(r#""mounts":null"#),
        "what they were started from is not known: {found}"
    );
    site.image("busybox:1", "newer");
    site.deploy(B).unwrap();
    let summary = back(&mut site, &found).unwrap();
    assert!(
        summary.starts_with("recreated app and db; web is gone from the file"),
        "{summary}"
    );
    let images: Vec<String> = site
        .processes()
        .into_iter()
        .filter(|it| it.service != "web")
        .map(|it| it.image)
        .collect();
    assert_eq!(images, ["sha256:busybox", "sha256:busybox"]);
    assert_eq!(site.stale(), Vec::<String>::new());
}

#[test]
fn what_did_not_run_in_the_release_does_not_run_again() {
    let mut site = Site::new();
    site.commit(A, [service("app"), service("web")], &[]);
    site.move_tree(A);
    site.up_by_hand(&["app"]);
    let found = site.propose(A, None).unwrap().now.unwrap();
    site.deploy(A).unwrap();
    assert_eq!(back(&mut site, &found).unwrap(), "stopped web; left app");
    assert_eq!(site.calls()[2..], ["stop web"]);
    back(&mut site, &found).unwrap();
    assert_eq!(site.calls(), Vec::<String>::new());
    // Forward again, it is wanted.
    assert_eq!(
        site.plan(A),
        [(
            "restart web".into(),
            "it is not running (exited with 137)".into()
        )]
    );
}

#[test]
fn where_nothing_ran_before_undo_stops_what_was_started() {
    let mut site = Site::new();
    site.commit(A, [service("app"), service("db")], &[]);
    site.undo().unwrap();
    site.deploy(A).unwrap();
    site.undo().unwrap();
    assert_eq!(site.calls(), ["stop app", "stop db"]);
    site.undo().unwrap();
    assert_eq!(site.calls(), Vec::<String>::new());
}

#[test]
fn a_release_of_another_making_is_not_guessed() {
    let mut site = Site::new();
    site.commit(A, [service("app")], &[]);
    site.deploy(A).unwrap();
    let failure = back(&mut site, r#"{"v":7}"#).unwrap_err();
    assert!(
        matches!(&failure, Failure::Permanent(it) if it.message.contains("another version")),
        "{failure:?}"
    );
    assert_eq!(site.calls(), Vec::<String>::new());
}

#[test]
fn a_oneshot_of_the_release_runs_again_where_it_has_to() {
    let mut site = Site::new().configured(json!({"oneshot": ["migrate"]}));
    let migrate = || {
        service("migrate").mount("sql").behaves(Behaviour::Exits {
            code: 0,
            after: 1_000,
        })
    };
    site.commit(A, [migrate()], &[("sql", "1")]);
    site.commit(B, [migrate()], &[("sql", "2")]);
    let release = site.deploy(A).unwrap().pin.unwrap();
    site.deploy(B).unwrap();
    assert_eq!(back(&mut site, &release).unwrap(), "restarted migrate");
    assert_eq!(site.stale(), Vec::<String>::new());
}

#[test]
fn a_memory_of_what_was_found_does_not_say_what_it_was_started_from() {
    let mut site = Site::new();
    site.commit(A, [service("app").mount("site")], &[("site", "1")]);
    site.move_tree(A);
    site.up_by_hand(&["app"]);
    site.last = site.propose(A, None).unwrap().now;
    assert_eq!(
        site.plan(A),
        [(
            "restart app".into(),
            "it was not started by deployhost as it runs now".into()
        )]
    );
}

#[test]
fn undo_leaves_another_files_container_alone() {
    let mut site = Site::new();
    site.commit(A, [service("app")], &[]);
    site.deploy(A).unwrap();
    site.edit("app", |it| {
        it.config_files = vec!["docker-compose-preprod.yml".into()]
    });
    site.undo().unwrap();
    assert_eq!(site.calls(), Vec::<String>::new());
}
