//! Trees that are moved, cloned, moved back, and left half-way.

use super::*;

#[tokio::test]
async fn a_tree_follows_three_commits_and_goes_back() {
    let fixture = GitFixture::new();
    let second = fixture.commit(&[("app.py", "two\n"), ("new/file", "new\n")], "Two");
    fixture.commit(&[("new/file", "")], "Three, \"quoted\"\n\nand a body");
    let fourth = fixture.commit(&[("app.py", "four\n")], "Four");
    fixture.fetch().await.unwrap();
    let notes = fixture.move_to(&fourth).await.unwrap();
    assert!(notes.is_empty(), "{notes:?}");
    assert_eq!(
        (fixture.text("app.py").as_deref(), fixture.text("new/file")),
        (Some("four\n"), None)
    );
    assert_eq!(fixture.head(), fourth.as_str());
    let tree = fixture.at("tree");
    assert_eq!(
        git(&tree, &["status", "--porcelain=v2", "--branch"])
            .lines()
            .nth(3),
        Some("# branch.ab +0 -0")
    );
    assert_eq!(git(&tree, &["symbolic-ref", "HEAD"]), "refs/heads/main");
    assert_eq!(git(&tree, &["for-each-ref", "refs/deployhost"]), "");

    fixture.move_to(&second).await.unwrap();
    assert_eq!(fixture.text("new/file").as_deref(), Some("new\n"));
    fixture.move_to(&second).await.unwrap();
    assert_eq!(fixture.head(), second.as_str());
}

#[tokio::test]
async fn files_that_are_modified_are_reset_and_untracked_ones_stay() {
    let fixture = GitFixture::new();
    let second = fixture.commit(&[("other", "x\n")], "Two");
    write(&fixture.at("tree/app.py"), "changed by hand\n");
    write(&fixture.at("tree/docs/mine.txt"), "mine\n");
    fs::remove_file(fixture.at("tree/docs/read me.md")).unwrap();
    let head = fixture
        .program
        .head(&fixture.tree())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(head.modified, ["app.py", "docs/read me.md"]);
    fixture.fetch().await.unwrap();
    fixture.move_to(&second).await.unwrap();
    assert_eq!(fixture.text("app.py").as_deref(), Some("one\n"));
    assert_eq!(fixture.text("docs/mine.txt").as_deref(), Some("mine\n"));
    assert!(
        fixture
            .program
            .head(&fixture.tree())
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
    let fixture = GitFixture::new();
    let inode = |path: &str| fs::metadata(fixture.at(path)).unwrap().ino();
    let before = (inode("tree"), inode("tree/docs"));
    let second = fixture
        .fetch_commit(&[("docs/read me.md", "read again\n")])
        .await;
    fixture.move_to(&second).await.unwrap();
    assert_eq!((inode("tree"), inode("tree/docs")), before);
}

/// A clone for which `place` is made ready.
async fn cloned(fixture: &GitFixture, name: &str, seen_as: Option<&str>) -> PathBuf {
    let (path, remote) = (fixture.path(name), fixture.remote());
    assert!(fixture.program.head(&path).await.unwrap().is_none());
    fixture
        .program
        .fetch(&path, &remote, &Auth::Plain)
        .await
        .unwrap();
    let obstacles = fixture
        .program
        .obstacles(&path, &remote, &fixture.first, Allow::default())
        .await
        .unwrap();
    assert_eq!(told(&obstacles), []);
    let seen_as = seen_as.map(reference);
    let notes = fixture
        .program
        .move_to(&path, &remote, &fixture.first, seen_as.as_ref())
        .await
        .unwrap();
    assert!(notes.is_empty(), "{notes:?}");
    fixture.at(name)
}

#[tokio::test]
async fn a_missing_tree_is_cloned_and_stands_on_its_own() {
    let fixture = GitFixture::new();
    let tree = cloned(&fixture, "deep/er/new", Some("main")).await;
    assert_eq!(fs::read_to_string(tree.join("app.py")).unwrap(), "one\n");
    assert_eq!(
        git(&tree, &["remote", "get-url", "origin"]),
        fixture.remote().as_str()
    );
    assert_eq!(git(&tree, &["status", "-sb"]), "## main...origin/main");
    // Neither the mirror nor anything else of the host is needed any more.
    fs::remove_dir_all(fixture.at("state")).unwrap();
    git(&tree, &["fsck", "--full", "--strict"]);
    fixture.commit(&[("app.py", "two\n")], "Two");
    git(&tree, &["pull", "-q", "--ff-only"]);
    assert_eq!(fs::read_to_string(tree.join("app.py")).unwrap(), "two\n");
}

#[tokio::test]
async fn a_clone_of_a_commit_without_a_branch_is_detached() {
    let fixture = GitFixture::new();
    fs::create_dir(fixture.at("new")).unwrap();
    let tree = cloned(&fixture, "new", None).await;
    assert_eq!(git(&tree, &["rev-parse", "--abbrev-ref", "HEAD"]), "HEAD");
    assert_eq!(git(&tree, &["rev-parse", "HEAD"]), fixture.first.as_str());
    assert_eq!(git(&tree, &["status", "--porcelain"]), "");
}

#[tokio::test]
async fn a_repository_of_sha_256_is_deployed_too() {
    let fixture = GitFixture::new();
    let at = fixture.folder.path();
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
        &fixture.at("new-author"),
        &["commit", "-q", "--allow-empty", "-m", "One"],
    );
    let (path, remote) = (
        fixture.path("fresh"),
        Remote::parse(fixture.at("new-author").to_str().unwrap()).unwrap(),
    );
    fixture
        .program
        .fetch(&path, &remote, &Auth::Plain)
        .await
        .unwrap();
    let found = fixture
        .program
        .resolve(&path, &remote, &reference("main"))
        .await
        .unwrap();
    let commit = CommitId::parse(&found.commit.id).unwrap();
    assert_eq!(commit.as_str().len(), 64);
    fixture
        .program
        .move_to(&path, &remote, &commit, Some(&reference("main")))
        .await
        .unwrap();
    assert_eq!(
        git(&fixture.at("fresh"), &["rev-parse", "HEAD"]),
        commit.as_str()
    );
    assert!(
        fixture
            .program
            .content(&fixture.at("fresh"), commit.as_str(), "")
            .await
            .is_some()
    );
}

#[tokio::test]
async fn a_release_outlives_a_force_push_and_both_clean_ups() {
    let fixture = GitFixture::new();
    let second = fixture.fetch_commit(&[("app.py", "two\n")]).await;
    fixture.move_to(&second).await.unwrap();

    git(
        &fixture.author(),
        &["reset", "-q", "--hard", fixture.first.as_str()],
    );
    let third = fixture.commit(&[("app.py", "three\n")], "Three");
    fixture.fetch().await.unwrap();
    fixture.move_to(&third).await.unwrap();
    for folder in [
        fixture.at("remote.git"),
        fixture.mirror(),
        fixture.at("tree"),
    ] {
        git(&folder, &["reflog", "expire", "--expire=now", "--all"]);
        git(&folder, &["gc", "-q", "--prune=now"]);
    }
    let mut sought = Command::new("git");
    sought
        .args(["cat-file", "-e", second.as_str()])
        .current_dir(fixture.at("remote.git"));
    assert!(!sought.output().unwrap().status.success());
    fixture.fetch().await.unwrap();
    fixture.move_to(&second).await.unwrap();
    assert_eq!(fixture.text("app.py").as_deref(), Some("two\n"));
}

#[tokio::test]
async fn what_was_found_in_place_is_kept_though_no_remote_has_it() {
    let fixture = GitFixture::new();
    let tree = fixture.at("tree");
    write(&tree.join("app.py"), "by hand\n");
    git(&tree, &["commit", "-q", "-am", "By hand"]);
    let found = CommitId::parse(&fixture.head()).unwrap();
    let second = fixture.fetch_commit(&[("app.py", "two\n")]).await;
    assert_eq!(told(&fixture.obstacles(&second).await), []);
    let changed = fixture
        .program
        .changed(&fixture.tree(), &fixture.origin(), &found, &second)
        .await
        .unwrap();
    assert_eq!(changed, ["app.py"]);
    fixture.move_to(&second).await.unwrap();
    git(&tree, &["reflog", "expire", "--expire=now", "--all"]);
    git(&tree, &["gc", "-q", "--prune=now"]);
    fixture.move_to(&found).await.unwrap();
    assert_eq!(fixture.text("app.py").as_deref(), Some("by hand\n"));
}

#[tokio::test]
async fn a_shallow_clone_made_by_hand_is_moved() {
    let fixture = GitFixture::new();
    let second = fixture.commit(&[("app.py", "two\n")], "Two");
    let url = format!("file://{}", fixture.remote().as_str());
    git(
        fixture.folder.path(),
        &["clone", "-q", "--depth=1", &url, "shallow"],
    );
    let third = fixture.commit(&[("app.py", "three\n")], "Three");
    let (path, origin) = (fixture.path("shallow"), fixture.origin());
    fixture
        .program
        .fetch(&path, &origin, &Auth::Plain)
        .await
        .unwrap();
    for commit in [&third, &fixture.first, &second] {
        fixture
            .program
            .move_to(&path, &origin, commit, Some(&reference("main")))
            .await
            .unwrap();
        assert_eq!(
            git(&fixture.at("shallow"), &["rev-parse", "HEAD"]),
            commit.as_str()
        );
    }
}

#[tokio::test]
async fn a_linked_work_tree_is_moved_alone() {
    let fixture = GitFixture::new();
    git(
        &fixture.at("tree"),
        &["worktree", "add", "-q", "-b", "side", "../linked"],
    );
    let second = fixture.commit(&[("app.py", "two\n")], "Two");
    let (path, origin) = (fixture.path("linked"), fixture.origin());
    fixture
        .program
        .fetch(&path, &origin, &Auth::Plain)
        .await
        .unwrap();
    assert_eq!(
        told(
            &fixture
                .program
                .obstacles(&path, &origin, &second, Allow::default())
                .await
                .unwrap()
        ),
        []
    );
    fixture
        .program
        .move_to(&path, &origin, &second, Some(&reference("main")))
        .await
        .unwrap();
    assert_eq!(
        git(&fixture.at("linked"), &["rev-parse", "HEAD"]),
        second.as_str()
    );
    assert_eq!(fixture.head(), fixture.first.as_str());
    assert!(
        fixture
            .program
            .content(&fixture.at("linked"), second.as_str(), "app.py")
            .await
            .is_some()
    );
}

#[tokio::test]
async fn a_commit_that_nobody_has_moves_nothing() {
    let fixture = GitFixture::new();
    fixture.fetch().await.unwrap();
    let nowhere = CommitId::parse(&"1a".repeat(20)).unwrap();
    assert!(matches!(
        fixture.move_to(&nowhere).await,
        Err(ref error) if error.kind == CapabilityErrorKind::NotFound
    ));
    let blob = CommitId::parse(&git(&fixture.at("tree"), &["rev-parse", "HEAD:app.py"])).unwrap();
    assert!(matches!(
        fixture.move_to(&blob).await,
        Err(ref error) if error.kind == CapabilityErrorKind::NotFound
    ));
    assert_eq!(fixture.head(), fixture.first.as_str());
}

#[tokio::test]
async fn a_lock_that_a_killed_git_left_is_removed_and_told() {
    let fixture = GitFixture::new();
    let second = fixture.fetch_commit(&[("app.py", "two\n")]).await;
    for lock in ["index.lock", "HEAD.lock", "refs/heads/main.lock"] {
        write(&fixture.at("tree/.git").join(lock), "");
    }
    let notes = fixture.move_to(&second).await.unwrap();
    assert_eq!(notes.len(), 3, "{notes:?}");
    assert!(notes.iter().all(|note| note.contains(".lock")), "{notes:?}");
    assert_eq!(fixture.head(), second.as_str());
}

#[tokio::test]
async fn a_lock_beside_a_git_that_is_at_work_is_left() {
    let fixture = GitFixture::new();
    let second = fixture.fetch_commit(&[("app.py", "two\n")]).await;
    write(&fixture.at("tree/.git/index.lock"), "");
    // Waits for its input until it is dropped.
    let mut working = Command::new("git")
        .args(["cat-file", "--batch"])
        .current_dir(fixture.at("tree"))
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
    let moved = fixture.move_to(&second).await;
    working.kill().unwrap();
    working.wait().unwrap();
    assert!(
        matches!(moved, Err(ref why) if why.kind == CapabilityErrorKind::Other && why.to_string().contains("another git"))
    );
    assert!(fixture.at("tree/.git/index.lock").exists());
}

/// What a checkout of `to` leaves when it is killed before it writes the index.
fn kill_half_way(fixture: &GitFixture, to: &CommitId, written: &[(&str, &str)]) {
    let tree = fixture.at("tree");
    let from = format!("refs/deployhost/moving/{}", fixture.first);
    let mirror = fixture.mirror();
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
    let fixture = GitFixture::new();
    let second = fixture
        .fetch_commit(&[
            ("app.py", "two\n"),
            ("new/a", "aaaa\n"),
            ("new/b", "bbbb\n"),
        ])
        .await;
    kill_half_way(&fixture, &second, &[("app.py", "tw"), ("new/a", "aa")]);
    assert_eq!(told(&fixture.obstacles(&second).await), []);
    let notes = fixture.move_to(&second).await.unwrap();
    assert!(
        notes.iter().any(|note| note.contains("interrupted")),
        "{notes:?}"
    );
    assert_eq!(git(&fixture.at("tree"), &["status", "--porcelain"]), "");
    assert_eq!(fixture.text("new/a").as_deref(), Some("aaaa\n"));
}

#[tokio::test]
async fn a_move_that_was_killed_half_way_is_undone_without_a_trace() {
    let fixture = GitFixture::new();
    let second = fixture
        .fetch_commit(&[
            ("app.py", "two\n"),
            ("new/a", "aaaa\n"),
            ("docs/read me.md", ""),
        ])
        .await;
    kill_half_way(&fixture, &second, &[("new/a", "aaaa\n")]);
    write(&fixture.at("tree/mine"), "mine\n");
    assert_eq!(told(&fixture.obstacles(&fixture.first).await), []);
    let first = fixture.first.clone();
    fixture.move_to(&first).await.unwrap();
    assert_eq!(
        git(&fixture.at("tree"), &["status", "--porcelain"]),
        "?? mine"
    );
    assert_eq!(fixture.text("new/a"), None);
    assert_eq!(fixture.text("docs/read me.md").as_deref(), Some("read\n"));
    assert_eq!(
        git(&fixture.at("tree"), &["for-each-ref", "refs/deployhost"]),
        ""
    );
}

#[tokio::test]
async fn a_move_that_ended_long_ago_excuses_no_untracked_file() {
    let fixture = GitFixture::new();
    let second = fixture.fetch_commit(&[("new/a", "aaaa\n")]).await;
    kill_half_way(&fixture, &second, &[]);
    let tree = fixture.at("tree");
    fs::remove_file(tree.join(".git/index.lock")).unwrap();
    git(
        &tree,
        &["commit", "-q", "--allow-empty", "-m", "By hand since"],
    );
    write(&tree.join("new/a"), "mine\n");
    assert_eq!(
        told(&fixture.obstacles(&second).await),
        [("new/a", "untracked")]
    );
}

#[tokio::test]
async fn a_clone_that_was_killed_half_way_is_done_again() {
    let fixture = GitFixture::new();
    cloned(&fixture, "tree-2", Some("main")).await;
    let tree = fixture.at("tree-2");
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
                    fixture.first.as_str(),
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
        let (path, remote) = (fixture.path("tree-2"), fixture.remote());
        assert!(fixture.program.head(&path).await.unwrap().is_none());
        let obstacles = fixture
            .program
            .obstacles(&path, &remote, &fixture.first, Allow::default())
            .await
            .unwrap();
        assert_eq!(told(&obstacles), [], "{stop}");
        let notes = fixture
            .program
            .move_to(&path, &remote, &fixture.first, Some(&reference("main")))
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

#[tokio::test]
async fn what_is_laid_out_is_what_a_move_changes() {
    let fixture = GitFixture::new();
    let before = [
        ("a/b", "1"),
        ("a/c", "1"),
        ("d", "1"),
        ("e/f", "1"),
        ("same", "1"),
    ];
    let first = fixture.fetch_commit(&before).await;
    fixture.move_to(&first).await.unwrap();
    // A file becomes a folder, a folder a file, one becomes a link, one goes, one comes.
    let gone = [("d", ""), ("e/f", ""), ("a/c", "")];
    fixture.commit(&gone, "Gone");
    fs::remove_dir(fixture.author().join("e")).unwrap();
    std::os::unix::fs::symlink("a/b", fixture.author().join("link")).unwrap();
    let after = [("d/g", "2"), ("e", "2"), ("a/b", "2"), ("new/h", "2")];
    let second = fixture.fetch_commit(&after).await;
    // What was changed by hand comes back too.
    write(&fixture.at("tree/same"), "by hand");

    let layer = fixture.at("layer");
    fs::create_dir(&layer).unwrap();
    let status = git(&fixture.at("tree"), &["status", "--porcelain"]);
    let done = fixture
        .program
        .lay_out(&fixture.tree(), &second, &layer)
        .await;
    assert!(done.unwrap());
    assert_eq!(git(&fixture.at("tree"), &["status", "--porcelain"]), status);
    assert_eq!(fixture.head(), first.as_str());

    let mut laid_out = files(&layer);
    fixture.move_to(&second).await.unwrap();
    let deletions: Vec<_> = laid_out.extract_if(.., |_, text| text.is_none()).collect();
    let deleted: Vec<&str> = deletions.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(deleted, ["a/c"]);
    let written: Vec<&str> = laid_out.keys().map(String::as_str).collect();
    assert_eq!(written, ["a/b", "d/g", "e", "link", "new/h", "same"]);
    let there = files(&fixture.at("tree"));
    for (path, text) in laid_out {
        assert_eq!(there.get(&path), Some(&text), "{path}");
    }
}

/// By path below `top`: the text, of a link where it leads; None: a deletion. Without git's own.
fn files(top: &OsPath) -> std::collections::BTreeMap<String, Option<String>> {
    use std::os::unix::fs::FileTypeExt;
    let (mut found, mut folders) = (std::collections::BTreeMap::new(), vec![top.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let kind = fs::symlink_metadata(&path).unwrap().file_type();
            let text = match () {
                () if kind.is_char_device() => None,
                () if kind.is_symlink() => {
                    Some(fs::read_link(&path).unwrap().display().to_string())
                }
                () if !kind.is_dir() => Some(fs::read_to_string(&path).unwrap()),
                () if path.ends_with(".git") => continue,
                () => {
                    folders.push(path);
                    continue;
                }
            };
            let inside = path.strip_prefix(top).unwrap().to_str().unwrap().to_owned();
            found.insert(inside, text);
        }
    }
    found
}
