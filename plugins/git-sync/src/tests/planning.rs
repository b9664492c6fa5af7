//! What would be done, and what is refused before anything moves.

use super::*;

#[test]
fn a_branch_with_new_commits_moves_the_tree() {
    let fake = fake();
    let proposal = plan(&fake, &config(), None).unwrap();
    assert_eq!(proposal.now, Some(id('a')));
    assert_eq!(proposal.next, Some(id('d')));
    assert_eq!(
        proposal.actions,
        [(
            "move /srv/my app to ddddddd".to_owned(),
            "main has 3 new commits: Subject of d".to_owned()
        )]
    );
    assert_eq!(
        proposal.by_hand,
        [format!("git -C '/srv/my app' reset --hard {}", id('a'))]
    );
    assert_eq!(
        output::<Commit>(proposal.outputs.clone(), "commit"),
        commit('d')
    );
    assert_eq!(
        output::<Vec<Commit>>(proposal.outputs.clone(), "commits"),
        [commit('d'), commit('c'), commit('b')]
    );
    assert_eq!(
        output::<Tree>(proposal.outputs, "tree"),
        Tree {
            path: "/srv/my app".into(),
            from: Some(id('a')),
            at: Some(id('a')),
            to: id('d'),
            changed: Some(vec!["src/app.py".into()])
        }
    );
    assert_eq!(fake.calls("move"), Vec::<String>::new());
}

#[test]
fn a_tree_that_is_there_already_needs_nothing() {
    let mut fake = fake();
    fake.head = RefCell::new(standing('d', &[]));
    // What would be in the way of a move is not, when nothing moves.
    fake.obstacles = vec![Obstacle {
        path: "link".into(),
        kind: "symlink".into(),
        detail: String::new(),
    }];
    let proposal = plan(&fake, &config(), None).unwrap();
    assert!(proposal.actions.is_empty() && proposal.by_hand.is_empty());
    assert_eq!(proposal.now, proposal.next);
    let tree: Tree = output(proposal.outputs, "tree");
    assert_eq!(tree.changed, Some(vec![]));
}

#[test]
fn files_changed_by_hand_are_named_and_count_as_changed() {
    let mut fake = fake();
    fake.head = RefCell::new(standing('d', &["a", "b", "c", "d", "e", "f", "g"]));
    let proposal = plan(&fake, &config(), None).unwrap();
    assert_eq!(
        proposal.actions,
        [(
            "restore 7 changed files in /srv/my app".to_owned(),
            "differing from the commit, and kept first: a, b, c, d, e and 2 more".to_owned()
        )]
    );
    let tree: Tree = output(proposal.outputs, "tree");
    assert_eq!(tree.changed.map(|paths| paths.len()), Some(7));
}

#[test]
fn a_move_says_what_it_overwrites() {
    let mut fake = fake();
    fake.head = RefCell::new(standing('a', &["settings.py"]));
    let actions = plan(&fake, &config(), None).unwrap().actions;
    assert_eq!(actions[1].0, "restore 1 changed file in /srv/my app");
}

#[test]
fn a_rewritten_branch_is_refused_unless_allowed() {
    let mut fake = fake();
    fake.rewritten_from = Some(id('e'));
    let message = permanent(plan(&fake, &config(), None));
    assert!(
        message.contains("`main` was rewritten: it was at eeeeeee"),
        "{message}"
    );
    assert!(message.contains("allow_rewritten"), "{message}");

    let allowed = Config {
        allow_rewritten: true,
        ..config()
    };
    assert!(plan(&fake, &allowed, None).is_ok());
}

#[test]
fn tags_and_commits_are_never_rewritten_branches() {
    for kind in ["tag", "commit"] {
        let mut fake = fake();
        fake.kind = kind;
        fake.rewritten_from = Some(id('e'));
        assert!(plan(&fake, &config(), None).is_ok(), "{kind}");
    }
}

#[test]
fn a_missing_tree_is_cloned_from_its_url() {
    let mut fake = fake();
    fake.head = RefCell::new(None);
    let with_url = Config {
        url: Some("https://example.org/app.git".into()),
        ..config()
    };
    let proposal = plan(&fake, &with_url, None).unwrap();
    assert_eq!(fake.calls("fetch"), ["fetch https://example.org/app.git"]);
    assert_eq!(proposal.now, None);
    assert_eq!(proposal.actions[0].0, "clone to /srv/my app at ddddddd");
    assert!(proposal.by_hand.is_empty());
    let tree: Tree = output(proposal.outputs, "tree");
    assert_eq!((tree.from, tree.at, tree.changed), (None, None, None));
}

#[test]
fn a_missing_tree_with_only_a_remotes_name_cannot_be() {
    let mut fake = fake();
    fake.head = RefCell::new(None);
    let failure = plan(&fake, &config(), None).unwrap_err();
    assert!(matches!(failure, Failure::Config(_)), "{failure:?}");
    assert!(failure.message().contains("`url`"));
    let by_path = Config {
        remote: "/srv/git/app.git".into(),
        ..config()
    };
    assert!(plan(&fake, &by_path, None).is_ok());
}

#[test]
fn what_is_in_the_way_is_named_before_anything_moves() {
    let mut fake = fake();
    let obstacle = |path: &str, kind: &str, detail: &str| Obstacle {
        path: path.into(),
        kind: kind.into(),
        detail: detail.into(),
    };
    fake.obstacles = vec![
        obstacle("a.log", "untracked", ""),
        obstacle("b.log", "untracked", ""),
        obstacle("data", "unwritable", "owned by root"),
        obstacle("cfg", "symlink", "leads to /etc"),
        obstacle("lib", "submodule", ""),
        obstacle("x", "haunted", ""),
    ];
    for message in [
        permanent(plan(&fake, &config(), None)),
        permanent(apply(&fake, &config(), None)),
    ] {
        for part in [
            "cannot be moved to ddddddd, and nothing was",
            "would overwrite, to be moved away or committed: a.log, b.log;",
            "data (owned by root)",
            "`allow_symlinks = true`: cfg (leads to /etc)",
            "`allow_submodules = true`: lib",
            "haunted: x",
        ] {
            assert!(message.contains(part), "{message}");
        }
    }
    assert_eq!(fake.calls("move"), Vec::<String>::new());
}

#[test]
fn what_a_commit_must_not_hold_is_refused_and_not_a_failure() {
    let mut fake = fake();
    let obstacle = |kind: &str| Obstacle {
        path: "a".into(),
        kind: kind.into(),
        detail: String::new(),
    };
    fake.obstacles = ["symlink", "submodule", "filter"].map(obstacle).to_vec();
    let failure = plan(&fake, &config(), None).unwrap_err();
    assert!(matches!(failure, Failure::Config(_)), "{failure:?}");
    fake.obstacles.push(obstacle("untracked"));
    permanent(plan(&fake, &config(), None));
}

#[test]
fn a_local_commit_that_was_never_pushed_is_named_so() {
    let mut fake = fake();
    fake.head = RefCell::new(standing('f', &[]));
    let proposal = plan(&fake, &config(), None).unwrap();
    assert!(proposal.actions[0].1.contains("not known to the remote"));
    let tree: Tree = output(proposal.outputs, "tree");
    assert_eq!(tree.changed, None);
}

#[test]
fn a_remote_that_does_not_answer_is_worth_another_try() {
    let mut fake = fake();
    fake.fetch = Err(no_route());
    let failure = plan(&fake, &config(), None).unwrap_err();
    assert_eq!(
        failure,
        Failure::temporary("git.remote-unreachable", "fetching origin: no route")
    );
}

#[test]
fn too_many_paths_are_unknown_paths() {
    for paths in [vec!["x".to_owned(); 2_001], vec!["y".repeat(50 * 1024)]] {
        let mut fake = fake();
        let many = paths
            .iter()
            .enumerate()
            .map(|(i, path)| format!("{path}{i}"));
        fake.changed = Ok(many.collect());
        let tree: Tree = output(plan(&fake, &config(), None).unwrap().outputs, "tree");
        assert_eq!(tree.changed, None);
    }
}

#[test]
fn outputs_stay_below_what_the_host_keeps() {
    let mut fake = fake();
    for commit in &mut fake.history {
        commit.subject = "\u{1F680}\"".repeat(100_000);
    }
    fake.changed = Ok((0..2_000).map(|i| format!("{i:020}")).collect());
    let outputs = plan(&fake, &config(), None).unwrap().outputs;
    let bytes: usize = outputs
        .iter()
        .map(|(key, json)| key.len() + json.len())
        .sum();
    assert!(bytes < 64 * 1024, "{bytes}");
}
