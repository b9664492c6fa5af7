//! Trees that are moved, cloned, moved back, and left half-way.

use super::*;

#[tokio::test]
async fn a_tree_follows_three_commits_and_goes_back() {
    let ground = Ground::new();
    let second = ground.commit(&[("app.py", "two\n"), ("new/file", "new\n")], "Two");
    ground.commit(&[("new/file", "")], "Three, \"quoted\"\n\nand a body");
    let fourth = ground.commit(&[("app.py", "four\n")], "Four");
    ground.fetch().await.unwrap();
    let notes = ground.move_to(&fourth).await.unwrap();
    assert!(notes.is_empty(), "{notes:?}");
    assert_eq!(
        (ground.text("app.py").as_deref(), ground.text("new/file")),
        (Some("four\n"), None)
    );
    assert_eq!(ground.head(), fourth.as_str());
    let tree = ground.at("tree");
    assert_eq!(
        git(&tree, &["status", "--porcelain=v2", "--branch"])
            .lines()
            .nth(3),
        Some("# branch.ab +0 -0")
    );
    assert_eq!(git(&tree, &["symbolic-ref", "HEAD"]), "refs/heads/main");
    assert_eq!(git(&tree, &["for-each-ref", "refs/deployhost"]), "");

    ground.move_to(&second).await.unwrap();
    assert_eq!(ground.text("new/file").as_deref(), Some("new\n"));
    ground.move_to(&second).await.unwrap();
    assert_eq!(ground.head(), second.as_str());
}

#[tokio::test]
async fn files_that_are_modified_are_reset_and_untracked_ones_stay() {
    let ground = Ground::new();
    let second = ground.commit(&[("other", "x\n")], "Two");
    write(&ground.at("tree/app.py"), "changed by hand\n");
    write(&ground.at("tree/docs/mine.txt"), "mine\n");
    fs::remove_file(ground.at("tree/docs/read me.md")).unwrap();
    let head = ground.program.head(&ground.tree()).await.unwrap().unwrap();
    assert_eq!(head.modified, ["app.py", "docs/read me.md"]);
    ground.fetch().await.unwrap();
    ground.move_to(&second).await.unwrap();
    assert_eq!(ground.text("app.py").as_deref(), Some("one\n"));
    assert_eq!(ground.text("docs/mine.txt").as_deref(), Some("mine\n"));
    assert!(
        ground
            .program
            .head(&ground.tree())
            .await
            .unwrap()
            .unwrap()
            .modified
            .is_empty()
    );
}

#[tokio::test]
async fn a_folder_keeps_its_inode_for_what_is_mounted_there() {
    use std::os::unix::fs::MetadataExt;
    let ground = Ground::new();
    let inode = |path: &str| fs::metadata(ground.at(path)).unwrap().ino();
    let before = (inode("tree"), inode("tree/docs"));
    let second = ground.commit(&[("docs/read me.md", "read again\n")], "Two");
    ground.fetch().await.unwrap();
    ground.move_to(&second).await.unwrap();
    assert_eq!((inode("tree"), inode("tree/docs")), before);
}

/// A clone for which `place` is made ready.
async fn cloned(ground: &Ground, name: &str, seen_as: Option<&str>) -> PathBuf {
    let (path, remote) = (ground.path(name), ground.remote());
    assert!(ground.program.head(&path).await.unwrap().is_none());
    ground
        .program
        .fetch(&path, &remote, &Auth::Plain)
        .await
        .unwrap();
    let obstacles = ground
        .program
        .obstacles(&path, &remote, &ground.first, Allow::default())
        .await
        .unwrap();
    assert_eq!(told(&obstacles), []);
    let seen_as = seen_as.map(reference);
    let notes = ground
        .program
        .move_to(&path, &remote, &ground.first, seen_as.as_ref())
        .await
        .unwrap();
    assert!(notes.is_empty(), "{notes:?}");
    ground.at(name)
}

#[tokio::test]
async fn a_missing_tree_is_cloned_and_stands_on_its_own() {
    let ground = Ground::new();
    let tree = cloned(&ground, "deep/er/new", Some("main")).await;
    assert_eq!(fs::read_to_string(tree.join("app.py")).unwrap(), "one\n");
    assert_eq!(
        git(&tree, &["remote", "get-url", "origin"]),
        ground.remote().as_str()
    );
    assert_eq!(git(&tree, &["status", "-sb"]), "## main...origin/main");
    // Neither the mirror nor anything else of the host is needed any more.
    fs::remove_dir_all(ground.at("state")).unwrap();
    git(&tree, &["fsck", "--full", "--strict"]);
    ground.commit(&[("app.py", "two\n")], "Two");
    git(&tree, &["pull", "-q", "--ff-only"]);
    assert_eq!(fs::read_to_string(tree.join("app.py")).unwrap(), "two\n");
}

#[tokio::test]
async fn a_clone_of_a_commit_without_a_branch_is_detached() {
    let ground = Ground::new();
    fs::create_dir(ground.at("new")).unwrap();
    let tree = cloned(&ground, "new", None).await;
    assert_eq!(git(&tree, &["rev-parse", "--abbrev-ref", "HEAD"]), "HEAD");
    assert_eq!(git(&tree, &["rev-parse", "HEAD"]), ground.first.as_str());
    assert_eq!(git(&tree, &["status", "--porcelain"]), "");
}

#[tokio::test]
async fn a_repository_of_sha_256_is_deployed_too() {
    let ground = Ground::new();
    let at = ground.folder.path();
    git(
        at,
        &[
            "init",
            "-q",
            "--object-format=sha256",
            "-b",
            "main",
            "new-author",
        ],
    );
    git(
        &ground.at("new-author"),
        &["commit", "-q", "--allow-empty", "-m", "One"],
    );
    let (path, remote) = (
        ground.path("fresh"),
        Remote::parse(ground.at("new-author").to_str().unwrap()).unwrap(),
    );
    ground
        .program
        .fetch(&path, &remote, &Auth::Plain)
        .await
        .unwrap();
    let found = ground
        .program
        .resolve(&path, &remote, &reference("main"))
        .await
        .unwrap();
    let commit = CommitId::parse(&found.commit.id).unwrap();
    assert_eq!(commit.as_str().len(), 64);
    ground
        .program
        .move_to(&path, &remote, &commit, Some(&reference("main")))
        .await
        .unwrap();
    assert_eq!(
        git(&ground.at("fresh"), &["rev-parse", "HEAD"]),
        commit.as_str()
    );
    assert!(
        ground
            .program
            .content(&ground.at("fresh"), commit.as_str(), "")
            .await
            .is_some()
    );
}

#[tokio::test]
async fn a_release_outlives_a_force_push_and_both_clean_ups() {
    let ground = Ground::new();
    let second = ground.commit(&[("app.py", "two\n")], "Two");
    ground.fetch().await.unwrap();
    ground.move_to(&second).await.unwrap();

    git(
        &ground.author(),
        &["reset", "-q", "--hard", ground.first.as_str()],
    );
    let third = ground.commit(&[("app.py", "three\n")], "Three");
    ground.fetch().await.unwrap();
    ground.move_to(&third).await.unwrap();
    for folder in [ground.at("remote.git"), ground.mirror(), ground.at("tree")] {
        git(&folder, &["reflog", "expire", "--expire=now", "--all"]);
        git(&folder, &["gc", "-q", "--prune=now"]);
    }
    let mut sought = Command::new("git");
    sought
        .args(["cat-file", "-e", second.as_str()])
        .current_dir(ground.at("remote.git"));
    assert!(!sought.output().unwrap().status.success());
    ground.fetch().await.unwrap();
    ground.move_to(&second).await.unwrap();
    assert_eq!(ground.text("app.py").as_deref(), Some("two\n"));
}

#[tokio::test]
async fn what_was_found_in_place_is_kept_though_no_remote_has_it() {
    let ground = Ground::new();
    let tree = ground.at("tree");
    write(&tree.join("app.py"), "by hand\n");
    git(&tree, &["commit", "-q", "-am", "By hand"]);
    let found = CommitId::parse(&ground.head()).unwrap();
    let second = ground.commit(&[("app.py", "two\n")], "Two");
    ground.fetch().await.unwrap();
    assert_eq!(told(&ground.obstacles(&second).await), []);
    let changed = ground
        .program
        .changed(&ground.tree(), &ground.origin(), &found, &second)
        .await
        .unwrap();
    assert_eq!(changed, ["app.py"]);
    ground.move_to(&second).await.unwrap();
    git(&tree, &["reflog", "expire", "--expire=now", "--all"]);
    git(&tree, &["gc", "-q", "--prune=now"]);
    ground.move_to(&found).await.unwrap();
    assert_eq!(ground.text("app.py").as_deref(), Some("by hand\n"));
}

#[tokio::test]
async fn a_shallow_clone_made_by_hand_is_moved() {
    let ground = Ground::new();
    let second = ground.commit(&[("app.py", "two\n")], "Two");
    let url = format!("file://{}", ground.remote().as_str());
    git(
        ground.folder.path(),
        &["clone", "-q", "--depth=1", &url, "shallow"],
    );
    let third = ground.commit(&[("app.py", "three\n")], "Three");
    let (path, origin) = (ground.path("shallow"), ground.origin());
    ground
        .program
        .fetch(&path, &origin, &Auth::Plain)
        .await
        .unwrap();
    for commit in [&third, &ground.first, &second] {
        ground
            .program
            .move_to(&path, &origin, commit, Some(&reference("main")))
            .await
            .unwrap();
        assert_eq!(
            git(&ground.at("shallow"), &["rev-parse", "HEAD"]),
            commit.as_str()
        );
    }
}

#[tokio::test]
async fn a_linked_work_tree_is_moved_alone() {
    let ground = Ground::new();
    git(
        &ground.at("tree"),
        &["worktree", "add", "-q", "-b", "side", "../linked"],
    );
    let second = ground.commit(&[("app.py", "two\n")], "Two");
    let (path, origin) = (ground.path("linked"), ground.origin());
    ground
        .program
        .fetch(&path, &origin, &Auth::Plain)
        .await
        .unwrap();
    assert_eq!(
        told(
            &ground
                .program
                .obstacles(&path, &origin, &second, Allow::default())
                .await
                .unwrap()
        ),
        []
    );
    ground
        .program
        .move_to(&path, &origin, &second, Some(&reference("main")))
        .await
        .unwrap();
    assert_eq!(
        git(&ground.at("linked"), &["rev-parse", "HEAD"]),
        second.as_str()
    );
    assert_eq!(ground.head(), ground.first.as_str());
    assert!(
        ground
            .program
            .content(&ground.at("linked"), second.as_str(), "app.py")
            .await
            .is_some()
    );
}

#[tokio::test]
async fn a_commit_that_nobody_has_moves_nothing() {
    let ground = Ground::new();
    ground.fetch().await.unwrap();
    let nowhere = CommitId::parse(&"1a".repeat(20)).unwrap();
    assert!(matches!(
        ground.move_to(&nowhere).await,
        Err(Error::NotFound(_))
    ));
    let blob = CommitId::parse(&git(&ground.at("tree"), &["rev-parse", "HEAD:app.py"])).unwrap();
    assert!(matches!(
        ground.move_to(&blob).await,
        Err(Error::NotFound(_))
    ));
    assert_eq!(ground.head(), ground.first.as_str());
}

#[tokio::test]
async fn a_lock_that_a_killed_git_left_is_removed_and_told() {
    let ground = Ground::new();
    let second = ground.commit(&[("app.py", "two\n")], "Two");
    ground.fetch().await.unwrap();
    for lock in ["index.lock", "HEAD.lock", "refs/heads/main.lock"] {
        write(&ground.at("tree/.git").join(lock), "");
    }
    let notes = ground.move_to(&second).await.unwrap();
    assert_eq!(notes.len(), 3, "{notes:?}");
    assert!(notes.iter().all(|note| note.contains(".lock")), "{notes:?}");
    assert_eq!(ground.head(), second.as_str());
}

#[tokio::test]
async fn a_lock_beside_a_git_that_is_at_work_is_left() {
    let ground = Ground::new();
    let second = ground.commit(&[("app.py", "two\n")], "Two");
    ground.fetch().await.unwrap();
    write(&ground.at("tree/.git/index.lock"), "");
    // Waits for its input until it is dropped.
    let mut working = Command::new("git")
        .args(["cat-file", "--batch"])
        .current_dir(ground.at("tree"))
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // Until it is git: between fork and exec it has another name.
    while fs::read_to_string(format!("/proc/{}/comm", working.id()))
        .unwrap()
        .trim_end()
        != "git"
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let moved = ground.move_to(&second).await;
    working.kill().unwrap();
    working.wait().unwrap();
    assert!(matches!(moved, Err(Error::Other(why)) if why.contains("another git")));
    assert!(ground.at("tree/.git/index.lock").exists());
}

/// What a checkout of `to` leaves when it is killed before it writes the index.
fn kill_half_way(ground: &Ground, to: &CommitId, written: &[(&str, &str)]) {
    let tree = ground.at("tree");
    let from = format!("refs/deployhost/moving/{}", ground.first);
    let mirror = ground.mirror();
    git(
        &tree,
        &[
            "fetch",
            "-q",
            mirror.to_str().unwrap(),
            &format!("+refs/heads/main:{from}"),
        ],
    );
    assert_eq!(git(&tree, &["rev-parse", &from]), to.as_str());
    for (path, text) in written {
        write(&tree.join(path), text);
    }
    write(&tree.join(".git/index.lock"), "half an ind");
}

#[tokio::test]
async fn a_move_that_was_killed_half_way_is_done_again() {
    let ground = Ground::new();
    let second = ground.commit(
        &[
            ("app.py", "two\n"),
            ("new/a", "aaaa\n"),
            ("new/b", "bbbb\n"),
        ],
        "Two",
    );
    ground.fetch().await.unwrap();
    kill_half_way(&ground, &second, &[("app.py", "tw"), ("new/a", "aa")]);
    assert_eq!(told(&ground.obstacles(&second).await), []);
    let notes = ground.move_to(&second).await.unwrap();
    assert!(
        notes.iter().any(|note| note.contains("interrupted")),
        "{notes:?}"
    );
    assert_eq!(git(&ground.at("tree"), &["status", "--porcelain"]), "");
    assert_eq!(ground.text("new/a").as_deref(), Some("aaaa\n"));
}

#[tokio::test]
async fn a_move_that_was_killed_half_way_is_undone_without_a_trace() {
    let ground = Ground::new();
    let second = ground.commit(
        &[
            ("app.py", "two\n"),
            ("new/a", "aaaa\n"),
            ("docs/read me.md", ""),
        ],
        "Two",
    );
    ground.fetch().await.unwrap();
    kill_half_way(&ground, &second, &[("new/a", "aaaa\n")]);
    write(&ground.at("tree/mine"), "mine\n");
    assert_eq!(told(&ground.obstacles(&ground.first).await), []);
    let first = ground.first.clone();
    ground.move_to(&first).await.unwrap();
    assert_eq!(
        git(&ground.at("tree"), &["status", "--porcelain"]),
        "?? mine"
    );
    assert_eq!(ground.text("new/a"), None);
    assert_eq!(ground.text("docs/read me.md").as_deref(), Some("read\n"));
    assert_eq!(
        git(&ground.at("tree"), &["for-each-ref", "refs/deployhost"]),
        ""
    );
}

#[tokio::test]
async fn a_move_that_ended_long_ago_excuses_no_untracked_file() {
    let ground = Ground::new();
    let second = ground.commit(&[("new/a", "aaaa\n")], "Two");
    ground.fetch().await.unwrap();
    kill_half_way(&ground, &second, &[]);
    let tree = ground.at("tree");
    fs::remove_file(tree.join(".git/index.lock")).unwrap();
    git(
        &tree,
        &["commit", "-q", "--allow-empty", "-m", "By hand since"],
    );
    write(&tree.join("new/a"), "mine\n");
    assert_eq!(
        told(&ground.obstacles(&second).await),
        [("new/a", "untracked")]
    );
}

#[tokio::test]
async fn a_clone_that_was_killed_half_way_is_done_again() {
    let ground = Ground::new();
    cloned(&ground, "tree-2", Some("main")).await;
    let tree = ground.at("tree-2");
    for stop in 0..3 {
        // As after `init`; after the fetch; and in the middle of the checkout.
        git(&tree, &["update-ref", "-d", "refs/heads/main"]);
        fs::remove_file(tree.join(".git/index")).unwrap();
        let mut left = 0;
        if stop >= 1 {
            git(
                &tree,
                &[
                    "update-ref",
                    "refs/deployhost/moving/nothing",
                    ground.first.as_str(),
                ],
            );
            write(&tree.join("app.py"), "o");
            left = 1;
        } else {
            fs::remove_file(tree.join("app.py")).unwrap();
            git(&tree, &["remote", "remove", "origin"]);
        }
        let _ = fs::remove_dir_all(tree.join("docs"));
        if stop == 2 {
            write(&tree.join(".git/index.lock"), "half");
            left = 2;
        }
        let (path, remote) = (ground.path("tree-2"), ground.remote());
        assert!(ground.program.head(&path).await.unwrap().is_none());
        let obstacles = ground
            .program
            .obstacles(&path, &remote, &ground.first, Allow::default())
            .await
            .unwrap();
        assert_eq!(told(&obstacles), [], "{stop}");
        let notes = ground
            .program
            .move_to(&path, &remote, &ground.first, Some(&reference("main")))
            .await
            .unwrap();
        assert_eq!(notes.len(), left, "{stop}: {notes:?}");
        assert_eq!(
            git(&tree, &["status", "-sb"]),
            "## main...origin/main",
            "{stop}"
        );
    }
}
