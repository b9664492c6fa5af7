//! What a move takes away, and nobody but the tree has: kept, and brought back by git's own commands.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::*;

async fn kept(fixture: &GitFixture) -> Vec<KeptWork> {
    fixture.program.kept(&fixture.at("tree")).await.unwrap()
}

fn edits(kept: &KeptWork) -> Vec<&str> {
    match &kept.kind {
        KeptKind::Edits(files) => files.iter().map(String::as_str).collect(),
        KeptKind::Commit(subject) => panic!("a commit: {subject}"),
    }
}

#[tokio::test]
async fn what_was_changed_by_hand_comes_back_byte_for_byte() {
    let fixture = GitFixture::new();
    let tree = fixture.at("tree");
    let second = fixture.fetch_commit(&[("other", "x\n")]).await;
    write(&tree.join("app.py"), "a fix\n");
    fs::remove_file(tree.join("docs/read me.md")).unwrap();
    write(&tree.join("added"), "staged\n");
    git(&tree, &["add", "added"]);
    let index = fs::read(tree.join(".git/index")).unwrap();
    assert_eq!(kept(&fixture).await, []);

    let notes = fixture.move_to(&second).await.unwrap();
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(
        notes[0].ends_with("commit: added and 2 more; see deployhost status"),
        "{notes:?}"
    );
    assert_ne!(fs::read(tree.join(".git/index")).unwrap(), index);
    assert_eq!(git(&tree, &["status", "--porcelain"]), "");
    let kept = kept(&fixture).await;
    assert_eq!(kept.len(), 1);
    assert_eq!(edits(&kept[0]), ["added", "app.py", "docs/read me.md"]);

    let names = ["added", "app.py", "docs/read me.md"];
    let restore = ["restore", "--source", &kept[0].id, "--"];
    git(&tree, &[&restore[..], &names].concat());
    assert_eq!(fixture.text("app.py").as_deref(), Some("a fix\n"));
    assert_eq!(fixture.text("added").as_deref(), Some("staged\n"));
    assert_eq!(fixture.text("docs/read me.md"), None);
    assert_eq!(fixture.text("other").as_deref(), Some("x\n"));
}

#[tokio::test]
async fn an_edit_after_the_last_look_is_kept_too() {
    let fixture = GitFixture::new();
    let second = fixture.fetch_commit(&[("other", "x\n")]).await;
    fixture.program.head(&fixture.tree()).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    write(&fixture.at("tree/app.py"), "a fix\n");
    fixture.move_to(&second).await.unwrap();
    assert_eq!(edits(&kept(&fixture).await[0]), ["app.py"]);
}

#[tokio::test]
async fn a_commit_that_was_never_pushed_is_kept() {
    let fixture = GitFixture::new();
    let tree = fixture.at("tree");
    for n in ["one", "two"] {
        write(&tree.join(n), n);
        git(&tree, &["add", n]);
        git(&tree, &["commit", "-q", "-m", &format!("By hand: {n}")]);
    }
    let own = fixture.head();
    let second = fixture.fetch_commit(&[("other", "x\n")]).await;
    let notes = fixture.move_to(&second).await.unwrap();
    assert!(notes[0].contains("no branch of the remote"), "{notes:?}");
    let kept = kept(&fixture).await;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].id, own);
    assert_eq!(kept[0].kind, KeptKind::Commit("By hand: two".into()));
    git(&tree, &["reflog", "expire", "--expire=now", "--all"]);
    git(&tree, &["gc", "--quiet", "--prune=now"]);
    git(&tree, &["branch", "back", &own]);
    assert_eq!(git(&tree, &["show", "back:one"]), "one");
}

#[tokio::test]
async fn a_tree_as_its_commit_has_it_leaves_nothing_behind() {
    let fixture = GitFixture::new();
    let second = fixture.fetch_commit(&[("other", "x\n")]).await;
    // Newer than what the index says of it, and the same.
    write(&fixture.at("tree/app.py"), "one\n");
    assert_eq!(fixture.move_to(&second).await.unwrap(), [""; 0]);
    assert_eq!(kept(&fixture).await, []);
}

/// D3: names are bytes.
#[tokio::test]
async fn d3_a_file_with_a_latin_1_name_is_in_the_way_or_kept() {
    let fixture = GitFixture::new();
    let name = OsStr::from_bytes(b"caf\xe9");
    let (author, tree) = (fixture.author(), fixture.at("tree"));
    fs::write(author.join(name), "theirs\n").unwrap();
    let second = fixture.commit_all("Latin 1");
    fixture.fetch().await.unwrap();
    fs::write(tree.join(name), "mine\n").unwrap();
    let obstacles = fixture.obstacles(&second).await;
    assert_eq!(told(&obstacles), [("caf\u{fffd}", "untracked")]);

    fs::remove_file(tree.join(name)).unwrap();
    fixture.move_to(&second).await.unwrap();
    fs::write(tree.join(name), "mine\n").unwrap();
    let third = fixture.fetch_commit(&[("other", "x\n")]).await;
    fixture.move_to(&third).await.unwrap();
    assert_eq!(fs::read(tree.join(name)).unwrap(), b"theirs\n");
    let kept = kept(&fixture).await;
    git(&tree, &["restore", "--source", &kept[0].id, "--", "."]);
    assert_eq!(fs::read(tree.join(name)).unwrap(), b"mine\n");
}
