#![allow(clippy::unwrap_used, clippy::expect_used)]

use async_trait::async_trait;

use super::*;

/// A tree at `/tree`-like folder that tracks all but `untracked`.
struct Tree(PathBuf);

#[async_trait]
impl Content for Tree {
    async fn content(&self, path: &Path, commit: Option<&str>) -> Option<Option<String>> {
        let inside = path.strip_prefix(&self.0).ok()?;
        let id = format!("{}@{}", inside.display(), commit.unwrap_or("HEAD"));
        Some((!path.ends_with("untracked")).then_some(id))
    }
}

#[tokio::test]
async fn a_source_is_told_by_kind_identity_and_content() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = Tree("/nowhere".into());
    let file = folder.path().join("file");
    fs::write(&file, "one").unwrap();
    let first = mount(&file, &nowhere, None, &Arc::default()).await;
    assert_eq!((first.kind.as_str(), first.content.len()), ("file", 64));

    fs::write(&file, "two").unwrap();
    let sources = mount(&file, &nowhere, None, &Arc::default()).await;
    assert_eq!(sources.identity, first.identity);
    assert_ne!(sources.content, first.content);

    // As git does: another file under the same name.
    fs::write(folder.path().join("new"), "two").unwrap();
    fs::rename(folder.path().join("new"), &file).unwrap();
    let replaced = mount(&file, &nowhere, None, &Arc::default()).await;
    assert_ne!(replaced.identity, sources.identity);
    assert_eq!(replaced.content, sources.content);

    let inside = mount(folder.path(), &nowhere, None, &Arc::default()).await;
    assert_eq!(
        (inside.kind.as_str(), inside.content.as_str()),
        ("folder", "")
    );
    let gone = mount(&folder.path().join("gone"), &nowhere, None, &Arc::default()).await;
    assert_eq!(
        (gone.kind.as_str(), gone.identity.as_str()),
        ("missing", "")
    );
    let zero = mount(Path::new("/dev/zero"), &nowhere, None, &Arc::default()).await;
    assert_eq!((zero.kind.as_str(), zero.content.as_str()), ("file", ""));
}

#[tokio::test]
async fn git_tells_what_its_tree_holds() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("untracked"), "x").unwrap();
    let tree = Tree(folder.path().into());
    assert_eq!(
        mount(
            &folder.path().join("a"),
            &tree,
            Some("abc1234"),
            &Arc::default()
        )
        .await
        .content,
        "a@abc1234"
    );
    assert_eq!(
        mount(&folder.path().join("a"), &tree, None, &Arc::default())
            .await
            .content,
        "a@HEAD"
    );
    assert_eq!(
        mount(
            &folder.path().join("untracked"),
            &tree,
            None,
            &Arc::default()
        )
        .await
        .content,
        ""
    );
}

#[tokio::test]
async fn a_dockerfile_outside_of_its_context_is_in_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let tree = Tree(folder.path().into());
    let build = |dockerfile: Option<&str>| BuildModel {
        context: folder.path().join("app").to_string_lossy().into_owned(),
        dockerfile: dockerfile.map(|name| folder.path().join("app/..").join(name)),
        configuration: String::new(),
    };
    let content =
        async |build: BuildModel| context(&build, &tree, None, &Arc::default()).await.content;
    assert_eq!(content(build(None)).await, "app@HEAD");
    let outside = content(build(Some("Dockerfile"))).await;
    assert!(outside.starts_with("app@HEAD+"));
    assert_ne!(outside, content(build(Some("untracked"))).await);
    let url = BuildModel {
        context: "https://host/x.git".into(),
        ..build(None)
    };
    assert_eq!(
        context(&url, &tree, None, &Arc::default()).await.kind,
        "missing"
    );
}
