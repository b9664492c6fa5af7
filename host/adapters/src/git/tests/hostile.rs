//! Repositories that would run something, and remotes that would.

use std::os::unix::fs::PermissionsExt;

use super::*;

/// A program that leaves a trace.
fn trap(ground: &Ground, name: &str) -> PathBuf {
    let path = ground.at(name);
    write(
        &path,
        &format!(
            "#!/bin/sh\necho $0 >> {}\ncat\n",
            ground.at("pwned").display()
        ),
    );
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn sprung(ground: &Ground) -> Option<String> {
    fs::read_to_string(ground.at("pwned")).ok()
}

/// Every function, on the tree as it is.
async fn all(ground: &Ground, commit: &CommitId) {
    ground.fetch().await.unwrap();
    ground.resolve("main").await.unwrap();
    ground.program.head(&ground.tree()).await.unwrap().unwrap();
    ground
        .program
        .changed(&ground.tree(), &ground.origin(), &ground.first, commit)
        .await
        .unwrap();
    ground
        .program
        .log(&ground.tree(), &ground.origin(), None, commit, 9)
        .await
        .unwrap();
    ground
        .program
        .content(&ground.at("tree"), commit.as_str(), "app.py")
        .await
        .unwrap();
    assert_eq!(told(&ground.obstacles(commit).await), []);
    ground.move_to(commit).await.unwrap();
    assert_eq!(ground.head(), commit.as_str());
}

#[tokio::test]
async fn no_hook_of_the_tree_runs() {
    let ground = Ground::new();
    let second = ground.commit(&[("app.py", "two\n")], "Two");
    let hooks = ground.at("tree/.git/hooks");
    let trap = trap(&ground, "trap");
    for hook in [
        "post-checkout",
        "reference-transaction",
        "post-index-change",
        "pre-push",
        "post-merge",
        "pre-auto-gc",
        "post-rewrite",
        "fsmonitor-watchman",
    ] {
        write(&hooks.join(hook), "");
        fs::copy(&trap, hooks.join(hook)).unwrap();
    }
    // The trap works: git run by hand springs it.
    git(&ground.at("tree"), &["update-ref", "refs/heads/x", "HEAD"]);
    assert!(sprung(&ground).is_some());
    fs::remove_file(ground.at("pwned")).unwrap();
    // A commit of the tree's own, so that it is pushed into the mirror.
    git(
        &ground.at("tree"),
        &[
            "-c",
            "core.hooksPath=/dev/null",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            "x",
        ],
    );
    all(&ground, &second).await;
    assert_eq!(sprung(&ground), None);
}

#[tokio::test]
async fn no_program_in_the_trees_configuration_runs() {
    let ground = Ground::new();
    let second = ground.commit(
        &[
            ("app.py", "two\n"),
            (".gitattributes", "* filter=evil diff=evil\n"),
        ],
        "Two",
    );
    let trap = trap(&ground, "trap");
    let trap = trap.to_str().unwrap();
    let tree = ground.at("tree");
    git(&tree, &["commit", "-q", "--allow-empty", "-m", "x"]);
    for (key, value) in [
        ("core.fsmonitor", trap),
        ("core.sshCommand", trap),
        ("core.pager", trap),
        ("core.editor", trap),
        ("core.gitProxy", trap),
        ("core.askPass", trap),
        ("core.alternateRefsCommand", trap),
        ("credential.helper", trap),
        ("diff.external", trap),
        ("diff.evil.command", trap),
        ("diff.evil.textconv", trap),
        ("gpg.program", trap),
        ("log.showSignature", "true"),
        ("commit.gpgSign", "true"),
        ("push.gpgSign", "true"),
        ("uploadpack.packObjectsHook", trap),
        ("remote.origin.uploadpack", trap),
        ("remote.origin.receivepack", trap),
        ("filter.evil.clean", trap),
        ("gc.auto", "1"),
    ] {
        git(&tree, &["config", key, value]);
    }
    let mirror = {
        let kept = GitProgram::new(ground.at("state"));
        kept.fetch(&ground.path("unused"), &ground.remote(), &Auth::Plain)
            .await
            .unwrap();
        ground.mirror()
    };
    for what in ["uploadpack", "receivepack"] {
        git(
            &tree,
            &[
                "config",
                &format!("remote.{}.{what}", mirror.display()),
                trap,
            ],
        );
    }
    // A racily clean file is read again, through its filter.
    write(
        &tree.join(".git/info/attributes"),
        "* filter=evil diff=evil\n",
    );
    write(&tree.join("app.py"), "modified\n");
    all(&ground, &second).await;
    assert_eq!(sprung(&ground), None);
}

#[tokio::test]
async fn a_filter_that_makes_files_is_refused_not_skipped() {
    let ground = Ground::new();
    let second = ground.commit(&[("app.py", "two\n")], "Two");
    ground.fetch().await.unwrap();
    git(
        &ground.at("tree"),
        &["config", "filter.lfs.smudge", "git-lfs smudge -- %f"],
    );
    let refused = ground.move_to(&second).await;
    assert!(matches!(refused, Err(Error::Invalid(why)) if why.contains("`lfs`")));
    assert_eq!(ground.head(), ground.first.as_str());
}

#[tokio::test]
async fn a_configured_work_tree_elsewhere_is_not_followed() {
    let ground = Ground::new();
    let second = ground.commit(&[("app.py", "two\n")], "Two");
    write(&ground.at("elsewhere/app.py"), "precious\n");
    git(
        &ground.at("tree"),
        &[
            "config",
            "core.worktree",
            ground.at("elsewhere").to_str().unwrap(),
        ],
    );
    all_quietly(&ground, &second).await;
    assert_eq!(
        fs::read_to_string(ground.at("elsewhere/app.py")).unwrap(),
        "precious\n"
    );
    assert_eq!(ground.text("app.py").as_deref(), Some("two\n"));
}

async fn all_quietly(ground: &Ground, commit: &CommitId) {
    ground.fetch().await.unwrap();
    assert_eq!(told(&ground.obstacles(commit).await), []);
    ground.move_to(commit).await.unwrap();
}

#[tokio::test]
async fn a_replaced_commit_is_what_its_id_says() {
    let ground = Ground::new();
    let second = ground.commit(&[("app.py", "two\n")], "Two");
    let third = ground.commit(&[("app.py", "replaced\n")], "Three");
    let tree = ground.at("tree");
    git(&tree, &["fetch", "-q"]);
    git(&tree, &["replace", second.as_str(), third.as_str()]);
    all_quietly(&ground, &second).await;
    assert_eq!(ground.text("app.py").as_deref(), Some("two\n"));
}

#[tokio::test]
async fn a_remote_in_the_trees_configuration_is_checked_like_any() {
    let ground = Ground::new();
    let trap = trap(&ground, "trap");
    for (url, why) in [
        (format!("ext::{}", trap.display()), "run a program"),
        ("-oProxyCommand=x".into(), "`-`"),
        ("https://me:s3cr3t@example.org/x".into(), "password"),
        ("http://example.org/x".into(), "http"),
    ] {
        git(&ground.at("tree"), &["config", "remote.origin.url", &url]);
        let refused = ground.fetch().await;
        let Err(Error::Invalid(text)) = refused else {
            panic!("{url}: {refused:?}");
        };
        assert!(
            text.contains(why) && text.contains("origin") && !text.contains("s3cr3t"),
            "{text}"
        );
    }
    assert_eq!(sprung(&ground), None);
    assert!(!ground.at("state").exists());
}

#[tokio::test]
async fn a_name_that_reads_as_an_option_stays_a_name() {
    let ground = Ground::new();
    // Past the constructors, what begins with `-` cannot be made; a path inside a commit can.
    let second = ground.commit(
        &[("--output=pwned", "x\n"), ("-rf", "y\n")],
        "--upload-pack=touch pwned",
    );
    all_quietly(&ground, &second).await;
    assert_eq!(ground.text("--output=pwned").as_deref(), Some("x\n"));
    let content = ground
        .program
        .content(&ground.at("tree"), second.as_str(), "--output=pwned")
        .await;
    assert!(content.is_some());
    assert!(!ground.at("tree/pwned").exists() && !ground.at("pwned").exists());
}

#[tokio::test]
async fn a_commit_that_reaches_into_the_git_folder_is_not_even_fetched() {
    let ground = Ground::new();
    let author = ground.author();
    let blob = git(&author, &["rev-parse", "HEAD:app.py"]);
    let hooks = tree_of(&author, &format!("100755 blob {blob}\tpost-checkout\0"));
    let git_folder = tree_of(&author, &format!("040000 tree {hooks}\thooks\0"));
    let top = tree_of(&author, &format!("040000 tree {git_folder}\t.git\0"));
    let commit = git(&author, &["commit-tree", &top, "-m", "x"]);
    git(&author, &["update-ref", "refs/heads/main", &commit]);
    git(&author, &["push", "-q", "--force", "origin", "main"]);
    let refused = ground.fetch().await;
    assert!(
        matches!(&refused, Err(Error::Other(why)) if why.contains("hasDotgit")),
        "{refused:?}"
    );
}

fn tree_of(folder: &OsPath, listing: &str) -> String {
    use std::io::Write;
    use std::process::Stdio;
    let mut made = Command::new("git")
        .args(["mktree", "-z"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    made.stdin
        .take()
        .unwrap()
        .write_all(listing.as_bytes())
        .unwrap();
    String::from_utf8(made.wait_with_output().unwrap().stdout)
        .unwrap()
        .trim()
        .to_owned()
}
