//! What is told of trees, refs, logs and contents.

use std::os::unix::fs::symlink;

use super::*;

fn invalid(found: Result<Option<WorkTree>, Error>) -> String {
    match found {
        Err(Error::Invalid(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_tree_tells_its_commit() {
    let ground = Ground::new();
    let head = ground.program.head(&ground.tree()).await.unwrap().unwrap();
    assert_eq!(head.commit.id, ground.first.as_str());
    assert_eq!(
        (head.commit.subject.as_str(), head.commit.author.as_str()),
        ("One", "Adèle")
    );
    assert!(head.modified.is_empty());
}

#[tokio::test]
async fn what_is_no_work_tree_is_told_apart() {
    let ground = Ground::new();
    let head = |path: &str| {
        let path = ground.path(path);
        let program = &ground.program;
        async move { program.head(&path).await }
    };
    assert!(head("nothing").await.unwrap().is_none());
    assert!(head("nothing/at/all").await.unwrap().is_none());
    fs::create_dir(ground.at("empty")).unwrap();
    assert!(head("empty").await.unwrap().is_none());
    git(ground.folder.path(), &["init", "-q", "unborn"]);
    assert!(head("unborn").await.unwrap().is_none());

    let top = invalid(head("tree/docs").await);
    assert!(
        top.contains("top level") && top.contains(&format!("write {}", ground.tree())),
        "{top}"
    );
    assert!(invalid(head("tree/app.py").await).contains("is a file"));
    assert!(invalid(head("tree/app.py/x").await).contains("is a file"));
    write(&ground.at("plain/file"), "x");
    assert!(invalid(head("plain").await).contains("not a git work tree"));
    symlink(ground.at("tree"), ground.at("link")).unwrap();
    assert!(invalid(head("link").await).contains("symlink"));
    symlink(ground.folder.path(), ground.at("above")).unwrap();
    assert!(invalid(head("above/tree").await).contains("symlink"));
    assert!(invalid(head("state/tree").await).contains("state folder"));
    symlink(ground.at("tree/.git"), ground.at("plain/.git")).unwrap();
    assert!(invalid(head("plain").await).contains("symlink"));
}

#[tokio::test]
async fn a_damaged_head_is_not_taken_for_a_new_tree() {
    let ground = Ground::new();
    let object = format!(
        "{}/{}",
        &ground.first.as_str()[..2],
        &ground.first.as_str()[2..]
    );
    fs::remove_file(ground.at("tree/.git/objects").join(object)).unwrap();
    assert!(
        matches!(ground.program.head(&ground.tree()).await, Err(Error::Other(why)) if why.contains("fsck"))
    );
}

#[tokio::test]
async fn a_branch_comes_before_a_tag_before_a_commit() {
    let ground = Ground::new();
    let author = ground.author();
    git(&author, &["tag", "-a", "v1", "-m", "annotated"]);
    git(&author, &["push", "-q", "origin", "v1"]);
    let second = ground.commit(&[("app.py", "two\n")], "Two");
    ground.fetch().await.unwrap();
    let told = |found: Resolved| (found.commit.id, found.kind, found.rewritten_from);
    let first = ground.first.to_string();
    assert_eq!(
        told(ground.resolve("main").await.unwrap()),
        (second.to_string(), "branch".into(), None)
    );
    assert_eq!(
        told(ground.resolve("v1").await.unwrap()),
        (first.clone(), "tag".into(), None)
    );
    assert_eq!(
        told(ground.resolve(&first).await.unwrap()),
        (first.clone(), "commit".into(), None)
    );
    assert_eq!(
        told(ground.resolve(ground.first.short()).await.unwrap()),
        (first.clone(), "commit".into(), None)
    );
    assert_eq!(ground.resolve(&first).await.unwrap().commit.subject, "One");
    assert!(matches!(
        ground.resolve("nope").await,
        Err(Error::NotFound(_))
    ));
    assert!(matches!(
        ground.resolve("1234567").await,
        Err(Error::NotFound(_))
    ));
    git(
        &author,
        &[
            "push",
            "-q",
            "origin",
            "main:refs/tags/main",
            "v1^{}:refs/heads/v1",
        ],
    );
    ground.fetch().await.unwrap();
    assert_eq!(ground.resolve("v1").await.unwrap().kind, "branch");
    assert_eq!(ground.resolve("main").await.unwrap().kind, "branch");
}

#[tokio::test]
async fn a_rewritten_branch_is_told_until_it_is_moved_to() {
    let ground = Ground::new();
    let second = ground.commit(&[("app.py", "two\n")], "Two");
    ground.fetch().await.unwrap();
    ground.move_to(&second).await.unwrap();
    ground.commit(&[("app.py", "three\n")], "Three");
    ground.fetch().await.unwrap();
    assert_eq!(ground.resolve("main").await.unwrap().rewritten_from, None);

    git(
        &ground.author(),
        &["reset", "-q", "--hard", ground.first.as_str()],
    );
    let other = ground.commit(&[("app.py", "other\n")], "Other");
    ground.fetch().await.unwrap();
    assert_eq!(
        ground
            .resolve("main")
            .await
            .unwrap()
            .rewritten_from
            .as_deref(),
        Some(second.as_str())
    );
    // An explicit commit is what somebody meant.
    assert_eq!(
        ground.resolve(other.as_str()).await.unwrap().rewritten_from,
        None
    );
    // Another tree has never seen it elsewhere.
    let (path, remote) = (ground.path("second-tree"), ground.remote());
    assert_eq!(
        ground
            .program
            .resolve(&path, &remote, &reference("main"))
            .await
            .unwrap()
            .rewritten_from,
        None
    );
    ground.move_to(&other).await.unwrap();
    assert_eq!(ground.resolve("main").await.unwrap().rewritten_from, None);
}

#[tokio::test]
async fn a_deleted_branch_and_one_in_its_place_are_followed() {
    let ground = Ground::new();
    let author = ground.author();
    git(
        &author,
        &["push", "-q", "origin", "main:refs/heads/release"],
    );
    ground.fetch().await.unwrap();
    let path = ground.tree();
    ground
        .program
        .move_to(
            &path,
            &ground.origin(),
            &ground.first,
            Some(&reference("release")),
        )
        .await
        .unwrap();
    git(
        &author,
        &[
            "push",
            "-q",
            "origin",
            ":refs/heads/release",
            "main:refs/heads/release/1",
        ],
    );
    ground.fetch().await.unwrap();
    assert!(matches!(
        ground.resolve("release").await,
        Err(Error::NotFound(_))
    ));
    assert_eq!(ground.resolve("release/1").await.unwrap().kind, "branch");
    // The tree itself still has `origin/release`, which leaves no room for `origin/release/1`.
    let branch = reference("release/1");
    let notes = ground
        .program
        .move_to(&path, &ground.origin(), &ground.first, Some(&branch))
        .await
        .unwrap();
    assert!(
        matches!(notes.as_slice(), [note] if note.contains("git status")),
        "{notes:?}"
    );
}

#[tokio::test]
async fn the_log_has_what_is_new_newest_first() {
    let ground = Ground::new();
    let second = ground.commit(&[("app.py", "two\n")], "Two \"quoted\"\n\nA body");
    let third = ground.commit(
        &[("docs/é.md", "three\n"), ("docs/read me.md", "")],
        "Three",
    );
    ground.fetch().await.unwrap();
    let (path, origin) = (ground.tree(), ground.origin());
    let log = ground
        .program
        .log(&path, &origin, Some(&ground.first), &third, 10)
        .await
        .unwrap();
    let told: Vec<_> = log
        .iter()
        .map(|one| (one.id.as_str(), one.subject.as_str(), one.author.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (third.as_str(), "Three", "Adèle"),
            (second.as_str(), "Two \"quoted\"", "Adèle")
        ]
    );
    let log = |base: Option<CommitId>, to: CommitId, max| {
        let (path, origin, program) = (path.clone(), origin.clone(), &ground.program);
        async move { program.log(&path, &origin, base.as_ref(), &to, max).await }
    };
    assert_eq!(log(None, third.clone(), 2).await.unwrap().len(), 2);
    assert_eq!(log(None, third.clone(), 0).await.unwrap().len(), 0);
    assert_eq!(
        log(Some(third.clone()), third.clone(), 5)
            .await
            .unwrap()
            .len(),
        0
    );
    let nowhere = CommitId::parse(&"1a".repeat(20)).unwrap();
    assert!(matches!(
        log(Some(nowhere.clone()), third.clone(), 5).await,
        Err(Error::NotFound(_))
    ));
    assert!(matches!(
        log(None, nowhere.clone(), 5).await,
        Err(Error::NotFound(_))
    ));

    let changed = ground
        .program
        .changed(&path, &origin, &ground.first, &third)
        .await
        .unwrap();
    assert_eq!(changed, ["app.py", "docs/read me.md", "docs/é.md"]);
    let lost = ground
        .program
        .changed(&path, &origin, &nowhere, &third)
        .await;
    assert!(matches!(lost, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn equal_fingerprints_mean_equal_content_and_mode() {
    let ground = Ground::new();
    let second = ground.commit(&[("other", "x\n")], "Two");
    let author = ground.author();
    git(&author, &["update-index", "--chmod=+x", "app.py"]);
    git(&author, &["commit", "-q", "-m", "Three"]);
    let third = ground.push();
    let (program, tree) = (&ground.program, ground.tree());
    let print = async |commit: &CommitId, path: &str| {
        program
            .fingerprint(&tree, commit, &Path::parse(path).unwrap())
            .await
            .unwrap()
    };
    // In the tree, before there is any mirror.
    assert!(print(&ground.first, "app.py").await.is_some());
    let lost = program
        .fingerprint(&tree, &second, &Path::parse("app.py").unwrap())
        .await;
    assert!(matches!(lost, Err(Error::NotFound(_))));
    ground.fetch().await.unwrap();
    assert_eq!(
        print(&ground.first, "app.py").await,
        print(&second, "app.py").await
    );
    assert_eq!(
        print(&ground.first, "docs").await,
        print(&second, "docs/").await
    );
    assert_ne!(print(&ground.first, "").await, print(&second, "").await);
    assert_ne!(
        print(&second, "app.py").await,
        print(&third, "app.py").await
    );
    for nothing in ["nope", "app.py/x", "*.py", ":(top)app.py"] {
        assert_eq!(print(&second, nothing).await, None, "{nothing}");
    }
    let content = ground
        .program
        .content(&ground.at("tree"), second.as_str(), "docs")
        .await;
    assert_eq!(content, print(&second, "docs").await);
    assert_eq!(
        ground
            .program
            .content(&ground.at("tree"), "main", "docs")
            .await,
        None
    );
    // Without a tree, from the mirror.
    assert_eq!(
        ground
            .program
            .content(&ground.at("no-tree"), second.as_str(), "docs")
            .await,
        content
    );
}

#[test]
fn a_version_is_read_whatever_follows_it() {
    for (text, want) in [
        ("git version 2.47.3", Some((2, 47))),
        ("git version 2.39.2 (Apple Git-143)", Some((2, 39))),
        ("git version 3.0-rc1", Some((3, 0))),
        ("git version x", None),
        ("", None),
    ] {
        assert_eq!(version(text), want, "{text}");
    }
}
