//! What is found in the way before anything is touched.

use std::os::unix::fs::{PermissionsExt, chown, symlink};

use super::*;
use crate::subprocess::{self, NOBODY};

#[tokio::test]
async fn untracked_files_in_the_way_are_named_ignored_ones_too() {
    let ground = Ground::new();
    let second = ground.commit(
        &[
            ("new", "x\n"),
            ("conf/settings", "y\n"),
            (".gitignore", "unrelated\n"),
        ],
        "Two",
    );
    ground.fetch().await.unwrap();
    assert_eq!(told(&ground.obstacles(&second).await), []);
    write(&ground.at("tree/.git/info/exclude"), "conf\n");
    write(&ground.at("tree/conf/settings"), "mine\n");
    write(&ground.at("tree/conf/other"), "mine\n");
    write(&ground.at("tree/new"), "mine\n");
    write(&ground.at("tree/unrelated"), "mine\n");
    let obstacles = ground.obstacles(&second).await;
    assert_eq!(
        told(&obstacles),
        [("conf/settings", "untracked"), ("new", "untracked")]
    );
    assert!(
        obstacles[0].detail.contains("overwritten"),
        "{}",
        obstacles[0].detail
    );
    assert_eq!(ground.text("new").as_deref(), Some("mine\n"));
}

#[tokio::test]
async fn a_folder_in_the_way_of_a_file_and_a_file_in_the_way_of_a_folder() {
    let ground = Ground::new();
    let second = ground.commit(
        &[
            ("data", "a file\n"),
            ("logs/keep", "x\n"),
            ("logs/deep/er", "x\n"),
        ],
        "Two",
    );
    ground.fetch().await.unwrap();
    write(&ground.at("tree/data/precious/db"), "mine\n");
    write(&ground.at("tree/logs"), "mine\n");
    let obstacles = ground.obstacles(&second).await;
    assert_eq!(
        told(&obstacles),
        [("data/precious/db", "untracked"), ("logs", "untracked")]
    );
    assert!(
        obstacles[0].detail.contains("in the way of data"),
        "{}",
        obstacles[0].detail
    );
    fs::remove_file(ground.at("tree/data/precious/db")).unwrap();
    fs::remove_file(ground.at("tree/logs")).unwrap();
    symlink("/etc", ground.at("tree/logs")).unwrap();
    assert_eq!(
        told(&ground.obstacles(&second).await),
        [("logs", "untracked")]
    );
}

#[tokio::test]
async fn tracked_things_may_change_their_kind() {
    let ground = Ground::new();
    let second = ground.commit(
        &[
            ("app.py", ""),
            ("app.py/inner", "x\n"),
            ("docs/read me.md", ""),
        ],
        "Two",
    );
    fs::remove_dir(ground.author().join("docs")).unwrap();
    let third = ground.commit(&[("docs", "now a file\n")], "Three");
    ground.fetch().await.unwrap();
    for commit in [&second, &third, &ground.first, &third, &second] {
        assert_eq!(told(&ground.obstacles(commit).await), []);
        ground.move_to(commit).await.unwrap();
        assert_eq!(git(&ground.at("tree"), &["status", "--porcelain"]), "");
    }
    write(&ground.at("tree/app.py/mine"), "mine\n");
    assert_eq!(
        told(&ground.obstacles(&ground.first).await),
        [("app.py/mine", "untracked")]
    );
}

#[tokio::test]
async fn symlinks_and_submodules_are_named_unless_allowed() {
    let ground = Ground::new();
    let author = ground.author();
    fs::create_dir_all(author.join("a")).unwrap();
    symlink("/etc/shadow", author.join("a/link")).unwrap();
    let id = ground.first.to_string();
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
    let second = ground.push();
    ground.fetch().await.unwrap();
    let obstacles = ground.obstacles(&second).await;
    assert_eq!(
        told(&obstacles),
        [("a/link", "symlink"), ("sub", "submodule")]
    );
    assert_eq!(obstacles[0].detail, "leads to /etc/shadow");
    assert!(
        obstacles[1].detail.contains(ground.first.short()),
        "{}",
        obstacles[1].detail
    );
    let allow = Allow {
        symlinks: true,
        submodules: false,
    };
    assert_eq!(
        told(&ground.obstacles_but(&second, allow).await),
        [("sub", "submodule")]
    );
    let allow = Allow {
        symlinks: false,
        submodules: true,
    };
    assert_eq!(
        told(&ground.obstacles_but(&second, allow).await),
        [("a/link", "symlink")]
    );
    let allow = Allow {
        symlinks: true,
        submodules: true,
    };
    assert_eq!(told(&ground.obstacles_but(&second, allow).await), []);
    ground.move_to(&second).await.unwrap();
    assert_eq!(git(&ground.at("tree"), &["status", "--porcelain"]), "");
    assert!(
        fs::symlink_metadata(ground.at("tree/a/link"))
            .unwrap()
            .is_symlink()
    );
}

#[tokio::test]
async fn what_a_container_wrote_as_root_stays() {
    let ground = Ground::new();
    let second = ground.commit(
        &[("app.py", "two\n"), ("docs/read me.md", "again\n")],
        "Two",
    );
    ground.fetch().await.unwrap();
    write(&ground.at("tree/docs/__pycache__/x.pyc"), "bytes");
    fs::set_permissions(
        ground.at("tree/docs/__pycache__"),
        fs::Permissions::from_mode(0o000),
    )
    .unwrap();
    assert_eq!(told(&ground.obstacles(&second).await), []);
    ground.move_to(&second).await.unwrap();
    assert!(ground.at("tree/docs/__pycache__").exists());
    fs::set_permissions(
        ground.at("tree/docs/__pycache__"),
        fs::Permissions::from_mode(0o755),
    )
    .unwrap();
    assert_eq!(
        ground.text("docs/__pycache__/x.pyc").as_deref(),
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

/// The part of another user, on a ground that was lent to it.
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
        matches!(&refused, Err(Error::Other(why)) if why.contains("safe.directory")),
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
    let ground = Ground::new();
    let second = ground.commit(
        &[
            ("docs/read me.md", "again\n"),
            ("docs/new/er/file", "x\n"),
            ("app.py", "2\n"),
        ],
        "Two",
    );
    let (folder, program) = (ground.folder.path(), ground.at("as-nobody"));
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    let as_nobody = |what| {
        let part = [folder.to_str().unwrap(), second.as_str(), what];
        subprocess::command_as_nobody(&program, module_path!(), NAME, &part)
    };
    let (Some(mut looks), Some(mut moves)) = (as_nobody("look"), as_nobody("move")) else {
        return;
    };
    give(&ground.at("tree"), NOBODY);
    // By root, on a tree of another's: no "dubious ownership", and nothing is in the way.
    ground.fetch().await.unwrap();
    assert_eq!(told(&ground.obstacles(&second).await), []);
    assert!(ground.program.head(&ground.tree()).await.unwrap().is_some());
    fs::create_dir_all(ground.at("tree/docs/__pycache__")).unwrap();
    give(&ground.at("tree/docs"), 0);
    give(&ground.at("tree/.git/logs/HEAD"), 0);
    give(&ground.at("state"), NOBODY);
    assert!(subprocess::is_done(looks.status().unwrap()));
    give(&ground.at("tree/docs"), NOBODY);
    give(&ground.at("tree/docs/__pycache__"), 0);
    give(&ground.at("tree/.git/logs/HEAD"), NOBODY);
    assert!(subprocess::is_done(moves.status().unwrap()));
    assert!(ground.at("tree/docs/__pycache__").exists());
}
