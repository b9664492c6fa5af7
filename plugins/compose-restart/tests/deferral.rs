//! What waits until the tree has moved, and what does not.

use compose_restart::deferral::{actions, reason};
use deployhost_plugin::Action;
use deployhost_plugin::output::Tree;

fn tree(at: Option<&str>, changed: Option<&[&str]>) -> Tree {
    Tree {
        path: "/srv/app".into(),
        from: at.map(Into::into),
        at: at.map(Into::into),
        to: "bbbbbbbbbb".into(),
        changed: changed.map(|paths| paths.iter().map(|it| (*it).into()).collect()),
    }
}

fn inputs() -> Vec<String> {
    [
        "/srv/app/docker-compose.yml",
        "/srv/app/.env",
        "/etc/app.env",
    ]
    .map(Into::into)
    .into()
}

#[test]
fn a_change_elsewhere_defers_nothing() {
    assert_eq!(
        reason(
            &tree(Some("aa"), Some(&["target/index.html", "docs/.env"])),
            &inputs()
        ),
        None
    );
    assert_eq!(reason(&tree(Some("aa"), Some(&[])), &inputs()), None);
}

#[test]
fn a_change_of_what_decides_does() {
    for path in ["docker-compose.yml", ".env"] {
        let why = reason(&tree(Some("aa"), Some(&["target", path])), &inputs());
        assert_eq!(
            why,
            Some(format!(
                "decided after /srv/app moves to bbbbbbb: {path} changes"
            ))
        );
    }
}

#[test]
fn a_path_that_cannot_be_placed_is_taken_by_its_name() {
    let inputs = ["../docker/compose.yml".to_owned()];
    let changed = |path| reason(&tree(Some("aa"), Some(&[path])), &inputs).is_some();
    assert!(changed("30_docker/compose.yml"));
    assert!(!changed("30_docker/other.yml"));
}

#[test]
fn too_many_changes_to_list_defer() {
    let why = reason(&tree(Some("aa"), None), &inputs()).unwrap();
    assert!(why.ends_with("what changes is not known"), "{why}");
}

#[test]
fn a_tree_that_is_cloned_defers() {
    let why = reason(&tree(None, Some(&[])), &[]).unwrap();
    assert_eq!(why, "decided after /srv/app is cloned at bbbbbbb");
}

#[test]
fn a_service_of_unknown_making_may_be_built() {
    let configured = ["app".to_owned(), "db".to_owned()];
    assert_eq!(
        actions(Some(&configured), &[], |name| name == "app", "w"),
        [
            Action::new("at most: build and recreate app", "w"),
            Action::new("at most: build and create db", "w")
        ]
    );
    assert_eq!(
        actions(None, &[], |_| false, "w"),
        [Action::new("at most: build and recreate services", "w")]
    );
}
