//! Moving the tree, once and no further.

use super::*;

/// A pin of what was found with edits: they belong to it.
#[test]
fn edits_that_were_found_come_back_with_their_commit() {
    let repository = fake();
    *repository.mirrored.borrow_mut() = true;
    *repository.head.borrow_mut() = standing('b', &[]);
    let pin = format!("{}+edits", commit('a').id);
    let receipt = apply(&repository, &config(), Some(&pin)).unwrap();
    assert_eq!(receipt.pin.as_ref(), Some(&pin));
    assert_eq!(repository.calls("bring back"), ["bring back a"]);
    // They are there: nothing more is to be done.
    apply(&repository, &config(), Some(&pin)).unwrap();
    assert_eq!(repository.calls("bring back").len(), 1);
    assert_eq!(repository.calls("move").len(), 1);
    assert_eq!(
        plan(&repository, &config(), Some(&pin)).unwrap().actions,
        []
    );
}

#[test]
fn the_tree_moves_once_and_the_second_time_nothing_does() {
    let fake = fake();
    let first = apply(&fake, &config(), Some(&id('d'))).unwrap();
    assert_eq!(first.summary, "at ddddddd: Subject of d");
    assert_eq!(first.pin, Some(id('d')));
    assert_eq!(first.evidence, "applied");
    let tree: Tree = output(first.outputs, "tree");
    assert_eq!(
        (tree.from, tree.at, tree.to),
        (Some(id('a')), Some(id('d')), id('d'))
    );

    let second = apply(&fake, &config(), Some(&id('d'))).unwrap();
    assert_eq!(second.pin, first.pin);
    assert_eq!(fake.calls("move"), ["move origin d main"]);
}

#[test]
fn without_a_pin_the_branch_is_resolved_now() {
    let fake = fake();
    assert_eq!(apply(&fake, &config(), None).unwrap().pin, Some(id('d')));
}

#[test]
fn the_way_back_needs_no_remote_and_is_no_sighting_of_the_branch() {
    let mut fake = fake();
    fake.head = RefCell::new(standing('d', &[]));
    fake.mirrored = RefCell::new(true);
    fake.fetch = Err(no_route());
    fake.rewritten_from = Some(id('e'));
    let receipt = apply(&fake, &config(), Some(&id('a'))).unwrap();
    assert_eq!(receipt.pin, Some(id('a')));
    assert_eq!(fake.calls("fetch"), Vec::<String>::new());
    assert_eq!(fake.calls("move"), ["move origin a -"]);
}

#[test]
fn a_release_from_elsewhere_is_fetched() {
    let fake = fake();
    let actions = plan(&fake, &config(), Some(&id('c'))).unwrap().actions;
    assert_eq!(actions[0].1, "as released: Subject of c");
    assert_eq!(fake.calls("fetch"), ["fetch origin"]);
}

#[test]
fn going_back_is_a_reason() {
    let mut fake = fake();
    fake.head = RefCell::new(standing('d', &[]));
    let actions = plan(&fake, &config(), Some(&id('a'))).unwrap().actions;
    assert_eq!(actions[0].1, "back to Subject of a");
}

#[test]
fn a_release_that_nobody_has_is_unavailable() {
    for failure in [
        plan(&fake(), &config(), Some(&id('9'))).unwrap_err(),
        apply(&fake(), &config(), Some(&id('9'))).unwrap_err(),
    ] {
        let Failure::Unavailable(diagnostic) = failure else {
            panic!("{failure:?}")
        };
        assert_eq!(diagnostic.code, "git-sync.commit-unavailable");
        assert_eq!(diagnostic.value("ref"), Some(id('9').as_str()));
        assert!(
            diagnostic.message.starts_with("commit 9999"),
            "{diagnostic}"
        );
    }
}

#[test]
fn a_tag_is_no_sighting_of_a_branch() {
    let mut fake = fake();
    fake.kind = "tag";
    apply(&fake, &config(), None).unwrap();
    assert_eq!(fake.calls("move"), ["move origin d -"]);
}

#[test]
fn changed_files_at_the_right_commit_are_put_back() {
    let mut fake = fake();
    fake.head = RefCell::new(standing('d', &["settings.py"]));
    let receipt = apply(&fake, &config(), None).unwrap();
    let tree: Tree = output(receipt.outputs, "tree");
    assert_eq!(tree.changed, Some(vec!["settings.py".into()]));
    assert_eq!(fake.calls("move").len(), 1);
}

#[test]
fn a_tree_that_something_else_moves_is_no_success() {
    let mut fake = fake();
    fake.stubborn = true;
    let message = permanent(apply(&fake, &config(), None));
    assert!(message.contains("yet stands at aaaaaaa"), "{message}");
}
