//! What is told of trees, refs, logs and contents.

use std::os::unix::fs::symlink;

use super::*;

fn invalid(found: Result<Option<WorkTree>, CapabilityError>) -> String {
    match found {
        Err(why) if why.kind == CapabilityErrorKind::Invalid => why.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_tree_tells_its_commit() {
    let fixture = GitFixture::new();
    let head = fixture
        .program
        .head(&fixture.tree())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(head.commit.id, fixture.first.as_str());
    assert_eq!(
        (head.commit.subject.as_str(), head.commit.author.as_str()),
        ("One", "Adèle")
    );
    assert!(head.modified.is_empty());
}

#[tokio::test]
async fn what_is_no_work_tree_is_told_apart() {
    let fixture = GitFixture::new();
    let head = |path: &str| {
        let path = fixture.path(path);
        let program = &fixture.program;
        async move { program.head(&path).await }
    };
    assert!(head("nothing").await.unwrap().is_none());
    assert!(head("nothing/at/all").await.unwrap().is_none());
    fs::create_dir(fixture.at("empty")).unwrap();
    assert!(head("empty").await.unwrap().is_none());
    git(fixture.folder.path(), &["init", "-q", "unborn"]);
    assert!(head("unborn").await.unwrap().is_none());

    let top = invalid(head("tree/docs").await);
    assert!(
        top.contains("top level") && top.contains(&format!("write {}", fixture.tree())),
        "{top}"
    );
    assert!(invalid(head("tree/app.py").await).contains("is a file"));
    assert!(invalid(head("tree/app.py/x").await).contains("is a file"));
    write(&fixture.at("plain/file"), "x");
    assert!(invalid(head("plain").await).contains("not a git work tree"));
    symlink(fixture.at("tree"), fixture.at("link")).unwrap();
    assert!(invalid(head("link").await).contains("symlink"));
    symlink(fixture.folder.path(), fixture.at("above")).unwrap();
    assert!(invalid(head("above/tree").await).contains("symlink"));
    assert!(invalid(head("state/tree").await).contains("state folder"));
    symlink(fixture.at("tree/.git"), fixture.at("plain/.git")).unwrap();
    assert!(invalid(head("plain").await).contains("symlink"));
}

#[tokio::test]
async fn a_damaged_head_is_not_taken_for_a_new_tree() {
    let fixture = GitFixture::new();
    let object = format!(
        "{}/{}",
        &fixture.first.as_str()[..2],
        &fixture.first.as_str()[2..]
    );
    fs::remove_file(fixture.at("tree/.git/objects").join(object)).unwrap();
    assert!(
        matches!(fixture.program.head(&fixture.tree()).await, Err(ref why) if why.kind == CapabilityErrorKind::Other && why.to_string().contains("fsck"))
    );
}

#[tokio::test]
async fn a_branch_comes_before_a_tag_before_a_commit() {
    let fixture = GitFixture::new();
    let author = fixture.author();
    git(&author, &["tag", "-a", "v1", "-m", "annotated"]);
    git(&author, &["push", "-q", "origin", "v1"]);
    let second = fixture.fetch_commit(&[("app.py", "two\n")]).await;
    let told = |found: Resolved| (found.commit.id, found.kind, found.rewritten_from);
    let first = fixture.first.to_string();
    assert_eq!(
        told(fixture.resolve("main").await.unwrap()),
        (second.to_string(), "branch".into(), None)
    );
    assert_eq!(
        told(fixture.resolve("v1").await.unwrap()),
        (first.clone(), "tag".into(), None)
    );
    assert_eq!(
        told(fixture.resolve(&first).await.unwrap()),
        (first.clone(), "commit".into(), None)
    );
    assert_eq!(
        told(fixture.resolve(fixture.first.short()).await.unwrap()),
        (first.clone(), "commit".into(), None)
    );
    assert_eq!(fixture.resolve(&first).await.unwrap().commit.subject, "One");
    assert!(matches!(
        fixture.resolve("nope").await,
        Err(ref error) if error.kind == CapabilityErrorKind::NotFound
    ));
    assert!(matches!(
        fixture.resolve("1234567").await,
        Err(ref error) if error.kind == CapabilityErrorKind::NotFound
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
    fixture.fetch().await.unwrap();
    assert_eq!(fixture.resolve("v1").await.unwrap().kind, "branch");
    assert_eq!(fixture.resolve("main").await.unwrap().kind, "branch");
}

#[tokio::test]
async fn a_rewritten_branch_is_told_until_it_is_moved_to() {
    let fixture = GitFixture::new();
    let second = fixture.fetch_commit(&[("app.py", "two\n")]).await;
    fixture.move_to(&second).await.unwrap();
    fixture.commit(&[("app.py", "three\n")], "Three");
    fixture.fetch().await.unwrap();
    assert_eq!(fixture.resolve("main").await.unwrap().rewritten_from, None);

    git(
        &fixture.author(),
        &["reset", "-q", "--hard", fixture.first.as_str()],
    );
    let other = fixture.commit(&[("app.py", "other\n")], "Other");
    fixture.fetch().await.unwrap();
    assert_eq!(
        fixture
            .resolve("main")
            .await
            .unwrap()
            .rewritten_from
            .as_deref(),
        Some(second.as_str())
    );
    // An explicit commit is what somebody meant.
    assert_eq!(
        fixture
            .resolve(other.as_str())
            .await
            .unwrap()
            .rewritten_from,
        None
    );
    // Another tree has never seen it elsewhere.
    let (path, remote) = (fixture.path("second-tree"), fixture.remote());
    assert_eq!(
        fixture
            .program
            .resolve(&path, &remote, &reference("main"))
            .await
            .unwrap()
            .rewritten_from,
        None
    );
    fixture.move_to(&other).await.unwrap();
    assert_eq!(fixture.resolve("main").await.unwrap().rewritten_from, None);
}

#[tokio::test]
async fn a_deleted_branch_and_one_in_its_place_are_followed() {
    let fixture = GitFixture::new();
    let author = fixture.author();
    git(
        &author,
        &["push", "-q", "origin", "main:refs/heads/release"],
    );
    fixture.fetch().await.unwrap();
    let path = fixture.tree();
    fixture
        .program
        .move_to(
            &path,
            &fixture.origin(),
            &fixture.first,
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
    fixture.fetch().await.unwrap();
    assert!(matches!(
        fixture.resolve("release").await,
        Err(ref error) if error.kind == CapabilityErrorKind::NotFound
    ));
    assert_eq!(fixture.resolve("release/1").await.unwrap().kind, "branch");
    // The tree itself still has `origin/release`, which leaves no room for `origin/release/1`.
    let branch = reference("release/1");
    let notes = fixture
        .program
        .move_to(&path, &fixture.origin(), &fixture.first, Some(&branch))
        .await
        .unwrap();
    assert!(
        matches!(notes.as_slice(), [note] if note.contains("git status")),
        "{notes:?}"
    );
}

#[tokio::test]
async fn the_log_has_what_is_new_newest_first() {
    let fixture = GitFixture::new();
    let second = fixture.commit(&[("app.py", "two\n")], "Two \"quoted\"\n\nA body");
    let third = fixture.commit(
        &[("docs/é.md", "three\n"), ("docs/read me.md", "")],
        "Three",
    );
    fixture.fetch().await.unwrap();
    let (path, origin) = (fixture.tree(), fixture.origin());
    let log = fixture
        .program
        .log(&path, &origin, Some(&fixture.first), &third, 10)
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
        let (path, origin, program) = (path.clone(), origin.clone(), &fixture.program);
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
        Err(ref error) if error.kind == CapabilityErrorKind::NotFound
    ));
    assert!(matches!(
        log(None, nowhere.clone(), 5).await,
        Err(ref error) if error.kind == CapabilityErrorKind::NotFound
    ));

    let changed = fixture
        .program
        .changed(&path, &origin, &fixture.first, &third)
        .await
        .unwrap();
    assert_eq!(changed, ["app.py", "docs/read me.md", "docs/é.md"]);
    let lost = fixture
        .program
        .changed(&path, &origin, &nowhere, &third)
        .await;
    assert!(matches!(lost, Err(ref error) if error.kind == CapabilityErrorKind::NotFound));
}

#[tokio::test]
async fn equal_fingerprints_mean_equal_content_and_mode() {
    let fixture = GitFixture::new();
    let second = fixture.commit(&[("other", "x\n")], "Two");
    let author = fixture.author();
    git(&author, &["update-index", "--chmod=+x", "app.py"]);
    git(&author, &["commit", "-q", "-m", "Three"]);
    let third = fixture.push();
    let (program, tree) = (&fixture.program, fixture.tree());
    let print = async |commit: &CommitId, path: &str| {
        program
            .fingerprint(&tree, commit, &Path::parse(path).unwrap())
            .await
            .unwrap()
    };
    // In the tree, before there is any mirror.
    assert!(print(&fixture.first, "app.py").await.is_some());
    let lost = program
        .fingerprint(&tree, &second, &Path::parse("app.py").unwrap())
        .await;
    assert!(matches!(lost, Err(ref error) if error.kind == CapabilityErrorKind::NotFound));
    fixture.fetch().await.unwrap();
    assert_eq!(
        print(&fixture.first, "app.py").await,
        print(&second, "app.py").await
    );
    assert_eq!(
        print(&fixture.first, "docs").await,
        print(&second, "docs/").await
    );
    assert_ne!(print(&fixture.first, "").await, print(&second, "").await);
    assert_ne!(
        print(&second, "app.py").await,
        print(&third, "app.py").await
    );
    for nothing in ["nope", "app.py/x", "*.py", ":(top)app.py"] {
        assert_eq!(print(&second, nothing).await, None, "{nothing}");
    }
    let content = fixture
        .program
        .content(&fixture.at("tree"), second.as_str(), "docs")
        .await;
    assert_eq!(content, print(&second, "docs").await);
    assert_eq!(
        fixture
            .program
            .content(&fixture.at("tree"), "main", "docs")
            .await,
        None
    );
    // Without a tree, from the mirror.
    assert_eq!(
        fixture
            .program
            .content(&fixture.at("no-tree"), second.as_str(), "docs")
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

#[tokio::test]
async fn what_is_not_tracked_is_listed_ignored_or_not() {
    let fixture = GitFixture::new();
    let tree = fixture.at("tree");
    write(&tree.join(".git/info/exclude"), "ignored\n");
    for path in ["docs/ignored", "docs/new", "other/deep/new", "*"] {
        write(&tree.join(path), "x");
    }
    let listed = async |folders: &[&str]| {
        let folders: Vec<PathBuf> = folders.iter().map(|it| tree.join(it)).collect();
        let mut found = fixture.program.untracked(&tree, &folders).await;
        found.sort();
        let inside = found.iter().map(|it| it.strip_prefix(&tree).unwrap());
        inside
            .map(|it| it.display().to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(listed(&["docs"]).await, ["docs/ignored", "docs/new"]);
    assert_eq!(listed(&["docs", "other"]).await.len(), 3);
    assert_eq!(listed(&[""]).await.len(), 4, "the tree itself");
    assert_eq!(listed(&["app.py"]).await, Vec::<String>::new());
}
