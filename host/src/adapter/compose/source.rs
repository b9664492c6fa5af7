//! What is on this machine where a service mounts or builds from.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::model::BuildModel;
use crate::capability::compose::{Content, Source};

/// Largest file that is read for its digest, in bytes.
const LARGEST: u64 = 16 * 1024 * 1024;

/// A path of the file, as it is now.
pub async fn mount(path: &Path, content: &dyn Content, commit: Option<&str>) -> Source {
    let held = content.content(path, commit).await;
    let probed = path.to_path_buf();
    // In a tree of the plan, git tells the content of any commit; elsewhere there is only now.
    let digest = held.is_none();
    let probe = tokio::task::spawn_blocking(move || probe(&probed, digest)).await;
    let probe = probe.unwrap_or_default();
    Source {
        path: path.to_string_lossy().into_owned(),
        kind: probe.kind.into(),
        identity: probe.identity,
        content: held.flatten().unwrap_or(probe.content),
    }
}

/// A build context. Its content also tells what the file says on building where `hashed` does not,
/// and what a Dockerfile outside of it holds.
pub async fn context(
    build: &BuildModel,
    content: &dyn Content,
    commit: Option<&str>,
    hashed: bool,
) -> Source {
    let path = PathBuf::from(&build.context);
    if !path.is_absolute() {
        // A URL: what it holds is for the builder to find out.
        return Source {
            path: build.context.clone(),
            kind: "missing".into(),
            identity: String::new(),
            content: String::new(),
        };
    }
    let mut source = mount(&path, content, commit).await;
    if source.content.is_empty() || (hashed && build.dockerfile.is_none()) {
        return source;
    }
    let mut all = blake3::Hasher::new();
    all.update(build.digest.as_bytes());
    if let Some(path) = &build.dockerfile {
        let outside = mount(&plain(path), content, commit).await;
        all.update(outside.content.as_bytes());
    }
    source.content = format!("{}+{}", source.content, all.finalize().to_hex());
    source
}

/// Without `..`, by text alone: git knows no path that has it.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

struct PathProbe {
    kind: &'static str,
    identity: String,
    content: String,
}

impl Default for PathProbe {
    fn default() -> Self {
        Self {
            kind: "missing",
            identity: String::new(),
            content: String::new(),
        }
    }
}

fn probe(path: &Path, digest: bool) -> PathProbe {
    let Ok(data) = fs::metadata(path) else {
        return PathProbe::default();
    };
    let small = data.is_file() && data.len() <= LARGEST;
    PathProbe {
        kind: if data.is_dir() { "folder" } else { "file" },
        identity: format!("{}:{}", data.dev(), data.ino()),
        // Unreadable is unknown.
        content: if digest && small {
            hash(path).unwrap_or_default()
        } else {
            String::new()
        },
    }
}

fn hash(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(io::Read::take(File::open(path)?, LARGEST))?;
    Ok(hasher.finalize().to_hex().to_string())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
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
        let first = mount(&file, &nowhere, None).await;
        assert_eq!((first.kind.as_str(), first.content.len()), ("file", 64));

        fs::write(&file, "two").unwrap();
        let sources = mount(&file, &nowhere, None).await;
        assert_eq!(sources.identity, first.identity);
        assert_ne!(sources.content, first.content);

        // As git does: another file under the same name.
        fs::write(folder.path().join("new"), "two").unwrap();
        fs::rename(folder.path().join("new"), &file).unwrap();
        let replaced = mount(&file, &nowhere, None).await;
        assert_ne!(replaced.identity, sources.identity);
        assert_eq!(replaced.content, sources.content);

        let inside = mount(folder.path(), &nowhere, None).await;
        assert_eq!(
            (inside.kind.as_str(), inside.content.as_str()),
            ("folder", "")
        );
        let gone = mount(&folder.path().join("gone"), &nowhere, None).await;
        assert_eq!(
            (gone.kind.as_str(), gone.identity.as_str()),
            ("missing", "")
        );
        let zero = mount(Path::new("/dev/zero"), &nowhere, None).await;
        assert_eq!((zero.kind.as_str(), zero.content.as_str()), ("file", ""));
    }

    #[tokio::test]
    async fn git_tells_what_its_tree_holds() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("untracked"), "x").unwrap();
        let tree = Tree(folder.path().into());
        assert_eq!(
            mount(&folder.path().join("a"), &tree, Some("abc1234"))
                .await
                .content,
            "a@abc1234"
        );
        assert_eq!(
            mount(&folder.path().join("a"), &tree, None).await.content,
            "a@HEAD"
        );
        assert_eq!(
            mount(&folder.path().join("untracked"), &tree, None)
                .await
                .content,
            ""
        );
    }

    #[tokio::test]
    async fn a_context_tells_what_the_hash_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let tree = Tree(folder.path().into());
        let build = |said: &[u8], dockerfile: Option<&str>| BuildModel {
            context: folder.path().join("app").to_string_lossy().into_owned(),
            dockerfile: dockerfile.map(|name| folder.path().join("app/..").join(name)),
            digest: blake3::hash(said),
        };
        let content =
            async |build: BuildModel, hashed| context(&build, &tree, None, hashed).await.content;
        assert_eq!(content(build(b"a", None), true).await, "app@HEAD");
        assert_eq!(content(build(b"b", None), true).await, "app@HEAD");
        assert_ne!(
            content(build(b"a", None), false).await,
            content(build(b"b", None), false).await
        );
        let outside = content(build(b"a", Some("Dockerfile")), true).await;
        assert!(outside.starts_with("app@HEAD+"));
        assert_ne!(outside, content(build(b"a", Some("untracked")), true).await);
        let url = BuildModel {
            context: "https://host/x.git".into(),
            ..build(b"a", None)
        };
        assert_eq!(context(&url, &tree, None, true).await.kind, "missing");
    }
}
