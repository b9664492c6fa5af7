//! The first plan, made before an earlier step has moved the tree.

use crate::target::{DeployTarget, service};
use deployhost_plugin::serde_json::json;

const A: &str = "aaaaaaaa";
const B: &str = "bbbbbbbb";

fn sentences(actions: &[(String, String)]) -> Vec<String> {
    actions
        .iter()
        .map(|(what, why)| format!("{what}: {why}"))
        .collect()
}

#[test]
fn what_is_decided_ahead_is_what_is_decided_then() {
    let mut target = DeployTarget::new();
    let specs = || {
        [
            service("app").mount("target"),
            service("web").build("src"),
            service("db"),
        ]
    };
    target.commit(A, specs(), &[("target", "1"), ("src", "1")]);
    target.commit(B, specs(), &[("target", "2"), ("src", "2")]);
    target.deploy(A).unwrap();
    let ahead = target.plan(B);
    assert_eq!(
        sentences(&ahead),
        [
            "restart app: its mounted ./target changed (aaaaaaa → bbbbbbb)",
            "build and recreate web: its build context changed (aaaaaaa → bbbbbbb)",
        ]
    );
    target.move_tree(B);
    assert_eq!(target.plan(B), ahead);
}

#[test]
fn a_service_that_shows_its_commit_is_decided_ahead_too() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app").shows_commit()], &[]);
    target.commit(B, [service("app").shows_commit()], &[("README", "1")]);
    target.deploy(A).unwrap();
    assert_eq!(
        sentences(&target.plan(B)),
        ["recreate app: only the commit that it is given changed"]
    );
}

#[test]
fn a_changed_compose_file_is_decided_after_the_move() {
    let mut target = DeployTarget::new();
    target.commit(
        A,
        [service("app"), service("web").build("src")],
        &[("src", "1")],
    );
    target.commit(
        B,
        [service("app").env("A=2"), service("web").build("src")],
        &[("src", "1")],
    );
    target.deploy(A).unwrap();
    let why = "decided after /srv/app moves to bbbbbbb: docker-compose.yml changes";
    let ahead = target.propose(B, None).unwrap();
    assert_eq!(
        sentences(&ahead.actions),
        [
            format!("at most: recreate app: {why}"),
            format!("at most: build and recreate web: {why}")
        ]
    );
    assert_eq!(
        ahead.now, target.last,
        "what is there is known all the same"
    );
    assert_eq!(ahead.by_hand.len(), 3);
    target.move_tree(B);
    let then = target.plan(B);
    assert_eq!(
        sentences(&then),
        ["recreate app: its configuration in the Compose file changed"]
    );
    assert!(covered(&ahead.actions, &then));
}

/// The engine's rule.
fn covered(shown: &[(String, String)], then: &[(String, String)]) -> bool {
    let last = |what: &str| what.rsplit(' ').next().unwrap().to_owned();
    then.iter().all(|(what, _)| {
        let covers = |shown: &str| {
            shown == what || (shown.starts_with("at most: ") && last(shown) == last(what))
        };
        shown.iter().any(|(shown, _)| covers(shown))
    })
}

#[test]
fn a_changed_env_file_is_decided_after_the_move() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app")], &[("app.env", "1")]);
    target.commit(B, [service("app")], &[("app.env", "2")]);
    target.deploy(A).unwrap();
    assert_eq!(
        sentences(&target.plan(B)),
        ["at most: recreate app: decided after /srv/app moves to bbbbbbb: app.env changes"]
    );
}

#[test]
fn a_new_service_that_the_plan_names_is_shown_and_covered() {
    let mut target = DeployTarget::new().configured(json!({"services": ["app"]}));
    target.commit(A, [service("app")], &[]);
    target.commit(B, [service("app"), service("web")], &[]);
    target.deploy(A).unwrap();
    let last = target.last.take();
    let mut target = target.configured(json!({"services": ["app", "web"]}));
    target.last = last;
    let ahead = target.plan(B);
    let why = "decided after /srv/app moves to bbbbbbb: docker-compose.yml changes";
    assert_eq!(
        sentences(&ahead),
        [
            format!("at most: recreate app: {why}"),
            format!("at most: build and create web: {why}")
        ]
    );
    target.move_tree(B);
    let then = target.plan(B);
    assert_eq!(sentences(&then), ["create web: it has no container"]);
    assert!(covered(&ahead, &then));
}

#[test]
fn a_commit_that_can_be_seen_is_decided_before_the_move() {
    let mut target = DeployTarget::new();
    target.shows_ahead = true;
    let build = || service("web").build("src");
    target.commit(A, [service("app"), build()], &[("src", "1")]);
    let changed = [service("app").env("A=2"), build(), service("new")];
    target.commit(B, changed, &[("src", "1")]);
    target.deploy(A).unwrap();
    let ahead = target.plan(B);
    assert_eq!(
        sentences(&ahead),
        [
            "recreate app: its configuration in the Compose file changed",
            "create new: it has no container"
        ]
    );
    target.move_tree(B);
    assert_eq!(target.plan(B), ahead);
}

#[test]
fn a_service_that_the_commit_has_not_is_refused_before_the_move() {
    let mut target = DeployTarget::new().configured(json!({"services": ["app", "web"]}));
    target.shows_ahead = true;
    target.commit(A, [service("app"), service("web")], &[]);
    target.commit(B, [service("app")], &[]);
    target.deploy(A).unwrap();
    let refused = target.propose(B, None).unwrap_err();
    assert_eq!(
        refused.message(),
        "the Compose file has no service `web`; it has app"
    );
}

#[test]
fn a8_a_mount_that_the_commit_takes_away_is_refused_before_the_move() {
    let mut target = DeployTarget::new();
    target.shows_ahead = true;
    target.commit(A, [service("app").mount("site")], &[("site", "1")]);
    target.commit(B, [service("app").mount("site")], &[]);
    target.deploy(A).unwrap();
    let refused = target.propose(B, None).unwrap_err();
    assert_eq!(
        refused.message(),
        "the commit takes away ./site, which app mounts"
    );
}

#[test]
fn before_the_clone_the_plans_own_list_is_all_that_is_known() {
    let why = "decided after /srv/app is cloned at aaaaaaa";
    let target = DeployTarget::new();
    target.commit(A, [service("app")], &[]);
    let ahead = target.propose(A, None).unwrap();
    assert_eq!(
        sentences(&ahead.actions),
        [format!("at most: build and recreate services: {why}")]
    );
    assert_eq!((ahead.now, ahead.by_hand), (None, vec![]));

    let target = target.configured(json!({"services": ["app"]}));
    assert_eq!(
        sentences(&target.plan(A)),
        [format!("at most: build and create app: {why}")]
    );
}

#[test]
fn services_are_never_touched_while_the_tree_stands_elsewhere() {
    let mut target = DeployTarget::new();
    target.commit(A, [service("app")], &[]);
    target.commit(B, [service("app").env("A=2")], &[]);
    target.deploy(A).unwrap();
    let refused = target.apply(B, None).unwrap_err();
    assert_eq!(
        refused.message(),
        "/srv/app stands at aaaaaaa, not at bbbbbbb: the step that moves it has not"
    );
    assert_eq!(target.calls(), Vec::<String>::new());
}
