//! What is found in the way before anything is touched.

use std::os::unix::fs::{PermissionsExt, chown, symlink};

use super::*;
use crate::subprocess::{self, NOBODY};

#[tokio::test]
async fn untracked_files_in_the_way_are_named_ignored_ones_too() {
    let fixture = GitFixture::new();
    let second = fixture
        .fetch_commit(&[
            ("new", "x\n"),
            ("conf/settings", "y\n"),
            (".gitignore", "unrelated\n"),
        ])
        .await;
    assert_eq!(told(&fixture.obstacles(&second).await), []);
    write(&fixture.at("tree/.git/info/exclude"), "conf\n");
    write(&fixture.at("tree/conf/settings"), "mine\n");
    write(&fixture.at("tree/conf/other"), "mine\n");
    write(&fixture.at("tree/new"), "mine\n");
    write(&fixture.at("tree/unrelated"), "mine\n");
    let obstacles = fixture.obstacles(&second).await;
    assert_eq!(
        told(&obstacles),
        [("conf/settings", "untracked"), ("new", "untracked")]
    );
    assert!(
        obstacles[0].detail.contains("overwritten"),
        "{}",
        obstacles[0].detail
    );
    assert_eq!(fixture.text("new").as_deref(), Some("mine\n"));
}

/// D4: what git was told not to look at, where the commit changes it.
#[tokio::test]
async fn d4_files_that_git_was_told_not_to_look_at_are_named() {
    let fixture = GitFixture::new();
    let files = [("assumed", "1\n"), ("skipped", "1\n"), ("other", "1\n")];
    let first = fixture.fetch_commit(&files).await;
    fixture.move_to(&first).await.unwrap();
    for (flag, file) in [
        ("--assume-unchanged", "assumed"),
        ("--skip-worktree", "skipped"),
        ("--assume-unchanged", "other"),
    ] {
        git(&fixture.at("tree"), &["update-index", flag, file]);
        write(&fixture.at("tree").join(file), "mine\n");
    }
    let second = fixture
        .fetch_commit(&[("assumed", "2\n"), ("skipped", "2\n")])
        .await;
    let obstacles = fixture.obstacles(&second).await;
    let named: Vec<(&str, &str)> = told(&obstacles);
    assert_eq!(named, [("assumed", "hidden"), ("skipped", "hidden")]);
    assert_eq!(obstacles[1].detail, "skip-worktree");
    assert_eq!(fixture.text("assumed").as_deref(), Some("mine\n"));
}

#[tokio::test]
async fn a_folder_in_the_way_of_a_file_and_a_file_in_the_way_of_a_folder() {
    let fixture = GitFixture::new();
    let second = fixture
        .fetch_commit(&[
            ("data", "a file\n"),
            ("logs/keep", "x\n"),
            ("logs/deep/er", "x\n"),
        ])
        .await;
    write(&fixture.at("tree/data/precious/db"), "mine\n");
    write(&fixture.at("tree/logs"), "mine\n");
    let obstacles = fixture.obstacles(&second).await;
    assert_eq!(
        told(&obstacles),
        [("data/precious/db", "untracked"), ("logs", "untracked")]
    );
    assert!(
        obstacles[0].detail.contains("in the way of data"),
        "{}",
        obstacles[0].detail
    );
    fs::remove_file(fixture.at("tree/data/precious/db")).unwrap();
    fs::remove_file(fixture.at("tree/logs")).unwrap();
    symlink("/etc", fixture.at("tree/logs")).unwrap();
    assert_eq!(
        told(&fixture.obstacles(&second).await),
        [("logs", "untracked")]
    );
}

#[tokio::test]
async fn tracked_things_may_change_their_kind() {
    let fixture = GitFixture::new();
    let second = fixture.commit(
        &[
            ("app.py", ""),
            ("app.py/inner", "x\n"),
            ("docs/read me.md", ""),
        ],
        "Two",
    );
    fs::remove_dir(fixture.author().join("docs")).unwrap();
    let third = fixture.commit(&[("docs", "now a file\n")], "Three");
    fixture.fetch().await.unwrap();
    for commit in [&second, &third, &fixture.first, &third, &second] {
        assert_eq!(told(&fixture.obstacles(commit).await), []);
        fixture.move_to(commit).await.unwrap();
        assert_eq!(git(&fixture.at("tree"), &["status", "--porcelain"]), "");
    }
    write(&fixture.at("tree/app.py/mine"), "mine\n");
    assert_eq!(
        told(&fixture.obstacles(&fixture.first).await),
        [("app.py/mine", "untracked")]
    );
}

#[tokio::test]
async fn symlinks_and_submodules_are_named_unless_allowed() {
    let fixture = GitFixture::new();
    let author = fixture.author();
    fs::create_dir_all(author.join("a")).unwrap();
    symlink("/etc/shadow", author.join("a/link")).unwrap();
    let id = fixture.first.to_string();
    git(
        &author,
        &[
            "update-index",
            "--add",
            "--cacheinfo",
            &format!("160000,{id},sub"),
        ],
    );
    git(&author, &["add", "a/link"]);
    git(&author, &["commit", "-q", "-m", "Two"]);
    let second = fixture.push();
    fixture.fetch().await.unwrap();
    let obstacles = fixture.obstacles(&second).await;
    assert_eq!(
        told(&obstacles),
        [("a/link", "symlink"), ("sub", "submodule")]
    );
    assert_eq!(obstacles[0].detail, "leads to /etc/shadow");
    assert!(
        obstacles[1].detail.contains(fixture.first.short()),
        "{}",
        obstacles[1].detail
    );
    let allow = Allow {
        symlinks: true,
        submodules: false,
    };
    assert_eq!(
        told(&fixture.obstacles_but(&second, allow).await),
        [("sub", "submodule")]
    );
    let allow = Allow {
        symlinks: false,
        submodules: true,
    };
    assert_eq!(
        told(&fixture.obstacles_but(&second, allow).await),
        [("a/link", "symlink")]
    );
    let allow = Allow {
        symlinks: true,
        submodules: true,
    };
    assert_eq!(told(&fixture.obstacles_but(&second, allow).await), []);
    fixture.move_to(&second).await.unwrap();
    assert_eq!(git(&fixture.at("tree"), &["status", "--porcelain"]), "");
    assert!(
        fs::symlink_metadata(fixture.at("tree/a/link"))
            .unwrap()
            .is_symlink()
    );
}

#[tokio::test]
async fn what_a_container_wrote_as_root_stays() {
    let fixture = GitFixture::new();
    let second = fixture
        .fetch_commit(&[("app.py", "two\n"), ("docs/read me.md", "again\n")])
        .await;
    write(&fixture.at("tree/docs/__pycache__/x.pyc"), "bytes");
    fs::set_permissions(
        fixture.at("tree/docs/__pycache__"),
        fs::Permissions::from_mode(0o000),
    )
    .unwrap();
    assert_eq!(told(&fixture.obstacles(&second).await), []);
    fixture.move_to(&second).await.unwrap();
    assert!(fixture.at("tree/docs/__pycache__").exists());
    fs::set_permissions(
        fixture.at("tree/docs/__pycache__"),
        fs::Permissions::from_mode(0o755),
    )
    .unwrap();
    assert_eq!(
        fixture.text("docs/__pycache__/x.pyc").as_deref(),
        Some("bytes")
    );
}

fn give(path: &OsPath, user: u32) {
    chown(path, Some(user), Some(user)).unwrap();
    if path.is_dir() && !path.is_symlink() {
        for entry in fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path(), user);
        }
    }
}

/// The part of another user, on a fixture that was lent to it.
async fn as_nobody(part: &[String]) {
    let [at, commit, what] = part else {
        panic!("{part:?}")
    };
    let at = OsPath::new(at);
    let tree = TreePath::parse(at.join("tree").to_str().unwrap()).unwrap();
    let commit = CommitId::parse(commit).unwrap();
    let origin = Remote::parse("origin").unwrap();
    let program = GitProgram::new(at.join("state"));
    match what.as_str() {
        "look" => looks(&program, &tree, &origin, &commit).await,
        _ => moves(&program, &tree, &origin, &commit).await,
    }
}

async fn looks(program: &GitProgram, tree: &TreePath, origin: &Remote, commit: &CommitId) {
    let obstacles = program
        .obstacles(tree, origin, commit, Allow::default())
        .await
        .unwrap();
    assert_eq!(
        told(&obstacles),
        [("docs", "unwritable"), (".git/logs/HEAD", "unwritable")]
    );
    assert!(
        obstacles[0].detail.contains("belongs to root"),
        "{}",
        obstacles[0].detail
    );
    let missing = TreePath::parse("/usr/share/nowhere").unwrap();
    let remote =
        Remote::parse(program.state.with_file_name("remote.git").to_str().unwrap()).unwrap();
    let obstacles = program
        .obstacles(&missing, &remote, commit, Allow::default())
        .await
        .unwrap();
    assert_eq!(told(&obstacles), [("/usr/share", "unwritable")]);
    // The remote is root's: git would not read it without being told to.
    let refused = program.fetch(tree, origin, &Auth::Plain).await;
    assert!(
        matches!(&refused, Err(why) if why.kind == CapabilityErrorKind::Other && why.to_string().contains("safe.directory")),
        "{refused:?}"
    );
}

async fn moves(program: &GitProgram, tree: &TreePath, origin: &Remote, commit: &CommitId) {
    let obstacles = program
        .obstacles(tree, origin, commit, Allow::default())
        .await
        .unwrap();
    assert_eq!(told(&obstacles), []);
    program
        .move_to(tree, origin, commit, Some(&reference("main")))
        .await
        .unwrap();
    assert_eq!(
        program.head(tree).await.unwrap().unwrap().commit.id,
        commit.as_str()
    );
}

#[tokio::test]
async fn folders_of_another_user_are_named() {
    const NAME: &str = "folders_of_another_user_are_named";
    if let Some(part) = subprocess::part() {
        as_nobody(&part).await;
        subprocess::done();
    }
    let fixture = GitFixture::new();
    let second = fixture.commit(
        &[
            ("docs/read me.md", "again\n"),
            ("docs/new/er/file", "x\n"),
            ("app.py", "2\n"),
        ],
        "Two",
    );
    let (folder, program) = (fixture.folder.path(), fixture.at("as-nobody"));
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    let as_nobody = |what| {
        let part = [folder.to_str().unwrap(), second.as_str(), what];
        subprocess::command_as_nobody(&program, module_path!(), NAME, &part)
    };
    let (Some(mut looks), Some(mut moves)) = (as_nobody("look"), as_nobody("move")) else {
        return;
    };
    give(&fixture.at("tree"), NOBODY);
    // By root, on a tree of another's: no "dubious ownership", and nothing is in the way.
    fixture.fetch().await.unwrap();
    assert_eq!(told(&fixture.obstacles(&second).await), []);
    assert!(
        fixture
            .program
            .head(&fixture.tree())
            .await
            .unwrap()
            .is_some()
    );
    fs::create_dir_all(fixture.at("tree/docs/__pycache__")).unwrap();
    give(&fixture.at("tree/docs"), 0);
    give(&fixture.at("tree/.git/logs/HEAD"), 0);
    give(&fixture.at("state"), NOBODY);
    assert!(subprocess::is_done(looks.status().unwrap()));
    give(&fixture.at("tree/docs"), NOBODY);
    give(&fixture.at("tree/docs/__pycache__"), 0);
    give(&fixture.at("tree/.git/logs/HEAD"), NOBODY);
    assert!(subprocess::is_done(moves.status().unwrap()));
    assert!(fixture.at("tree/docs/__pycache__").exists());
}

/// D1: what the commit holds of such a file is a pointer.
#[tokio::test]
async fn d1_files_that_git_lfs_makes_are_named() {
    let fixture = GitFixture::new();
    let attributes = "*.bin filter=lfs diff=lfs merge=lfs -text\n*.ipynb filter=nbstripout\n";
    let files = [
        (".gitattributes", attributes),
        ("docs/.gitattributes", "*.png filter=lfs\n"),
        ("a.bin", "version https://git-lfs.github.com/spec/v1\n"),
        ("docs/a.png", "version https://git-lfs.github.com/spec/v1\n"),
        ("docs/a.ipynb", "{}\n"),
    ];
    let second = fixture.fetch_commit(&files).await;
    let obstacles = fixture.obstacles(&second).await;
    assert_eq!(
        told(&obstacles),
        [("a.bin", "filter"), ("docs/a.png", "filter")]
    );
    assert_eq!(obstacles[0].detail, "made by `lfs`");
    // Attributes without such files are no obstacle.
    let third = fixture
        .fetch_commit(&[("a.bin", ""), ("docs/a.png", "")])
        .await;
    assert_eq!(told(&fixture.obstacles(&third).await), []);
}
