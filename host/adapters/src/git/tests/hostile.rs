//! Repositories that would run something, and remotes that would.

use std::os::unix::fs::PermissionsExt;

use super::*;

/// A program that leaves a trace.
fn trap(fixture: &GitFixture, name: &str) -> PathBuf {
    let path = fixture.at(name);
    write(
        &path,
        &format!(
            "#!/bin/sh\necho $0 >> {}\ncat\n",
            fixture.at("pwned").display()
        ),
    );
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn sprung(fixture: &GitFixture) -> Option<String> {
    fs::read_to_string(fixture.at("pwned")).ok()
}

/// Every function, on the tree as it is.
async fn all(fixture: &GitFixture, commit: &CommitId) {
    fixture.fetch().await.unwrap();
    fixture.resolve("main").await.unwrap();
    fixture
        .program
        .head(&fixture.tree())
        .await
        .unwrap()
        .unwrap();
    fixture
        .program
        .changed(&fixture.tree(), &fixture.origin(), &fixture.first, commit)
        .await
        .unwrap();
    fixture
        .program
        .log(&fixture.tree(), &fixture.origin(), None, commit, 9)
        .await
        .unwrap();
    fixture
        .program
        .content(&fixture.at("tree"), commit.as_str(), "app.py")
        .await
        .unwrap();
    assert_eq!(told(&fixture.obstacles(commit).await), []);
    fixture.move_to(commit).await.unwrap();
    assert_eq!(fixture.head(), commit.as_str());
}

#[tokio::test]
async fn no_hook_of_the_tree_runs() {
    let fixture = GitFixture::new();
    let second = fixture.commit(&[("app.py", "two\n")], "Two");
    let hooks = fixture.at("tree/.git/hooks");
    let trap = trap(&fixture, "trap");
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
    git(&fixture.at("tree"), &["update-ref", "refs/heads/x", "HEAD"]);
    assert!(sprung(&fixture).is_some());
    fs::remove_file(fixture.at("pwned")).unwrap();
    // A commit of the tree's own, so that it is pushed into the mirror.
    git(
        &fixture.at("tree"),
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
    all(&fixture, &second).await;
    assert_eq!(sprung(&fixture), None);
}

#[tokio::test]
async fn no_program_in_the_trees_configuration_runs() {
    let fixture = GitFixture::new();
    let second = fixture.commit(
        &[
            ("app.py", "two\n"),
            (".gitattributes", "* filter=evil diff=evil\n"),
        ],
        "Two",
    );
    let trap = trap(&fixture, "trap");
    let trap = trap.to_str().unwrap();
    let tree = fixture.at("tree");
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
        let kept = GitProgram::new(fixture.at("state"));
        kept.fetch(&fixture.path("unused"), &fixture.remote(), &Auth::Plain)
            .await
            .unwrap();
        fixture.mirror()
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
    all(&fixture, &second).await;
    assert_eq!(sprung(&fixture), None);
}

#[tokio::test]
async fn a_filter_that_makes_files_is_refused_not_skipped() {
    let fixture = GitFixture::new();
    let second = fixture.fetch_commit(&[("app.py", "two\n")]).await;
    git(
        &fixture.at("tree"),
        &["config", "filter.lfs.smudge", "git-lfs smudge -- %f"],
    );
    let refused = fixture.move_to(&second).await;
    assert!(
        matches!(refused, Err(ref why) if why.kind == CapabilityErrorKind::Invalid && why.to_string().contains("`lfs`"))
    );
    assert_eq!(fixture.head(), fixture.first.as_str());
}

#[tokio::test]
async fn a_configured_work_tree_elsewhere_is_not_followed() {
    let fixture = GitFixture::new();
    let second = fixture.commit(&[("app.py", "two\n")], "Two");
    write(&fixture.at("elsewhere/app.py"), "precious\n");
    git(
        &fixture.at("tree"),
        &[
            "config",
            "core.worktree",
            fixture.at("elsewhere").to_str().unwrap(),
        ],
    );
    all_quietly(&fixture, &second).await;
    assert_eq!(
        fs::read_to_string(fixture.at("elsewhere/app.py")).unwrap(),
        "precious\n"
    );
    assert_eq!(fixture.text("app.py").as_deref(), Some("two\n"));
}

async fn all_quietly(fixture: &GitFixture, commit: &CommitId) {
    fixture.fetch().await.unwrap();
    assert_eq!(told(&fixture.obstacles(commit).await), []);
    fixture.move_to(commit).await.unwrap();
}

#[tokio::test]
async fn a_replaced_commit_is_what_its_id_says() {
    let fixture = GitFixture::new();
    let second = fixture.commit(&[("app.py", "two\n")], "Two");
    let third = fixture.commit(&[("app.py", "replaced\n")], "Three");
    let tree = fixture.at("tree");
    git(&tree, &["fetch", "-q"]);
    git(&tree, &["replace", second.as_str(), third.as_str()]);
    all_quietly(&fixture, &second).await;
    assert_eq!(fixture.text("app.py").as_deref(), Some("two\n"));
}

#[tokio::test]
async fn a_remote_in_the_trees_configuration_is_checked_like_any() {
    let fixture = GitFixture::new();
    let trap = trap(&fixture, "trap");
    for (url, why) in [
        (format!("ext::{}", trap.display()), "run a program"),
        ("-oProxyCommand=x".into(), "`-`"),
        ("https://me:s3cr3t@example.org/x".into(), "password"),
        ("http://example.org/x".into(), "http"),
    ] {
        git(&fixture.at("tree"), &["config", "remote.origin.url", &url]);
        let refused = fixture.fetch().await;
        let error = refused.unwrap_err();
        assert_eq!(error.kind, CapabilityErrorKind::Invalid, "{url}: {error:?}");
        let text = error.to_string();
        assert!(
            text.contains(why) && text.contains("origin") && !text.contains("s3cr3t"),
            "{text}"
        );
    }
    assert_eq!(sprung(&fixture), None);
    assert!(!fixture.at("state").exists());
}

#[tokio::test]
async fn a_name_that_reads_as_an_option_stays_a_name() {
    let fixture = GitFixture::new();
    // Past the constructors, what begins with `-` cannot be made; a path inside a commit can.
    let second = fixture.commit(
        &[("--output=pwned", "x\n"), ("-rf", "y\n")],
        "--upload-pack=touch pwned",
    );
    all_quietly(&fixture, &second).await;
    assert_eq!(fixture.text("--output=pwned").as_deref(), Some("x\n"));
    let content = fixture
        .program
        .content(&fixture.at("tree"), second.as_str(), "--output=pwned")
        .await;
    assert!(content.is_some());
    assert!(!fixture.at("tree/pwned").exists() && !fixture.at("pwned").exists());
}

#[tokio::test]
async fn a_commit_that_reaches_into_the_git_folder_is_not_even_fetched() {
    let fixture = GitFixture::new();
    let author = fixture.author();
    let blob = git(&author, &["rev-parse", "HEAD:app.py"]);
    let hooks = tree_of(&author, &format!("100755 blob {blob}\tpost-checkout\0"));
    let git_folder = tree_of(&author, &format!("040000 tree {hooks}\thooks\0"));
    let top = tree_of(&author, &format!("040000 tree {git_folder}\t.git\0"));
    let commit = git(&author, &["commit-tree", &top, "-m", "x"]);
    git(&author, &["update-ref", "refs/heads/main", &commit]);
    git(&author, &["push", "-q", "--force", "origin", "main"]);
    let refused = fixture.fetch().await;
    assert!(
        matches!(&refused, Err(why) if why.kind == CapabilityErrorKind::Other && why.to_string().contains("hasDotgit")),
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
