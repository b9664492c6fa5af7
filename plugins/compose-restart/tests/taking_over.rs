//! What others have made in a service's place: taken over and told, or refused and told.

use crate::target::{DeployTarget, service};
use deployhost_plugin::compose::{Conflict, Difference};
use deployhost_plugin::serde_json::json;

const A: &str = "aaaaaaaa";

fn other(kind: &str, files: &[&str]) -> Conflict {
    Conflict {
        service: "app".into(),
        id: "0123456789ab".into(),
        name: "shop".into(),
        image: "sha256:busybox".into(),
        state: "running".into(),
        health: None,
        exit_code: 0,
        restart_count: 0,
        started_at: "t0".into(),
        shares: vec![],
        networks: vec![],
        project: "app".into(),
        files: files.iter().map(|it| (*it).to_owned()).collect(),
        compose_version: "2.40.3".into(),
        replaced: kind != "stranger",
        kind: kind.into(),
        detail: "/srv/app/more.yml".into(),
        allowed: false,
    }
}

fn standing(conflict: Conflict) -> DeployTarget {
    let target = DeployTarget::new();
    target.commit(A, [service("app")], &[]);
    target.move_tree(A);
    target.other(conflict);
    target
}

fn refused(conflict: Conflict) -> String {
    let mut target = standing(conflict);
    let refused = target.propose(A, None).unwrap_err().message().to_owned();
    assert!(target.apply(A, None).is_err());
    assert_eq!(target.calls(), Vec::<String>::new());
    refused
}

#[test]
fn what_others_have_made_is_refused_by_name_with_the_way_out() {
    for (kind, begins) in [
        (
            "other-files",
            "app already runs in project app from /srv/app/more.yml",
        ),
        (
            "override",
            "app runs from /srv/app/more.yml too, which the plan does not name",
        ),
        (
            "stranger",
            "container shop is in the way of app: /srv/app/more.yml",
        ),
    ] {
        let message = refused(other(kind, &["/srv/app/more.yml"]));
        assert!(message.starts_with(begins), "{message}");
        assert!(message.contains("take_over = [\"shop\"]"), "{message}");
    }
}

#[test]
fn what_was_moved_is_taken_over_and_its_differences_are_told() {
    let mut target = standing(other("moved", &["/srv/app/old.yml"]));
    target.differs = Difference {
        told: vec!["port 80/tcp no longer published".into()],
        volumes: vec![],
    };
    let actions = target.plan(A);
    let why = "shop was made from ./old.yml; changes: port 80/tcp no longer published";
    assert_eq!(actions, [("take over app".to_owned(), why.to_owned())]);
}

#[test]
fn a_volume_that_would_be_left_behind_is_refused() {
    let mut target = standing(other("moved", &["/srv/app/docker-compose.yml"]));
    target.differs = Difference {
        told: vec![],
        volumes: vec![("shop_data".into(), "app_data".into())],
    };
    let refused = target.propose(A, None).unwrap_err();
    let message = refused.message();
    assert!(
        message.starts_with("shop has its data in the volume shop_data"),
        "{message}"
    );
}

#[test]
fn a_stranger_that_the_plan_names_goes_before_the_new_one_comes() {
    let mut named = other("stranger", &[]);
    named.allowed = true;
    let mut target = standing(named).configured(json!({ "take_over": ["shop"] }));
    let receipt = target.apply(A, None).unwrap();
    assert_eq!(receipt.summary, "taken over app");
    let calls = target.calls();
    let at = |call: &str| calls.iter().position(|it| it == call).unwrap();
    assert!(
        at("keep container of app") < at("remove 0123456789ab for app"),
        "{calls:?}"
    );
    assert!(
        at("remove 0123456789ab for app") < at("recreate app"),
        "{calls:?}"
    );
}

#[test]
fn what_was_found_comes_back_as_it_was_and_stays() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").env("one")], &[]);
    target.commit("bbbbbbbb", [service("app").env("two")], &[]);
    target.move_tree(A);
    target.up_by_hand(&["app"]);
    let found = target.propose("bbbbbbbb", None).unwrap().now.unwrap();
    target.deploy("bbbbbbbb").unwrap();
    target.move_tree(A);
    assert_eq!(
        target.apply(A, Some(&found)).unwrap().summary,
        "put back app"
    );
    assert_eq!(target.stale(), Vec::<String>::new());
    target.apply(A, Some(&found)).unwrap();
    assert_eq!(
        target.calls(),
        Vec::<String>::new(),
        "nothing is left to do"
    );
    assert_eq!(target.propose(A, Some(&found)).unwrap().actions, []);
}

#[test]
fn what_was_found_and_not_touched_is_left() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app")], &[]);
    target.move_tree(A);
    target.up_by_hand(&["app"]);
    let found = target.propose(A, None).unwrap().now.unwrap();
    assert_eq!(target.apply(A, Some(&found)).unwrap().summary, "left app");
    assert_eq!(target.calls(), Vec::<String>::new());
}
