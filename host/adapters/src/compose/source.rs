//! What is on this machine where a service mounts or builds from.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::file_view::FileView;
use super::model::BuildModel;
use crate::bounded_file::{BoundedFile, BoundedFileError};
use deployhost_policy::lexical_path::lexical_path;
use deployhost_runtime::capability::compose::{Content, Source};

/// Largest file that is read for its digest, in bytes.
const LARGEST: usize = 16 * 1024 * 1024;

/// A path of the file, as it is seen.
pub async fn mount(
    path: &Path,
    content: &dyn Content,
    commit: Option<&str>,
    view: &Arc<FileView>,
) -> Source {
    let held = content.content(path, commit).await;
    let (probed, view) = (path.to_path_buf(), Arc::clone(view));
    // In a tree of the plan, git tells the content of any commit; elsewhere there is only now.
    let digest = held.is_none();
    let probe = tokio::task::spawn_blocking(move || probe(&probed, digest, &view)).await;
    let probe = probe.unwrap_or_default();
    Source {
        path: path.to_string_lossy().into_owned(),
        kind: probe.kind.into(),
        identity: probe.identity,
        content: held.flatten().unwrap_or(probe.content),
    }
}

/// A build context. What a Dockerfile outside of it holds is in its content.
pub async fn context(
    build: &BuildModel,
    content: &dyn Content,
    commit: Option<&str>,
    view: &Arc<FileView>,
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
    let mut source = mount(&path, content, commit, view).await;
    if let Some(path) = build
        .dockerfile
        .as_ref()
        .filter(|_| !source.content.is_empty())
    {
        // Git knows no path that has `..` in it.
        let outside = mount(&lexical_path(path), content, commit, view).await;
        let mut both = blake3::Hasher::new();
        both.update(outside.content.as_bytes());
        source.content = format!("{}+{}", source.content, both.finalize().to_hex());
    }
    source
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

fn probe(path: &Path, digest: bool, view: &FileView) -> PathProbe {
    let Ok(data) = view.metadata(path) else {
        return PathProbe::default();
    };
    let small = data.is_file() && data.len() <= LARGEST as u64;
    PathProbe {
        kind: if data.is_dir() { "folder" } else { "file" },
        // What a move leaves there stays the same; what it makes has no identity yet.
        identity: fs::metadata(path).map_or_else(
            |_| String::new(),
            |data| format!("{}:{}", data.dev(), data.ino()),
        ),
        // Unreadable is unknown.
        content: if digest && small {
            hash(path).unwrap_or_default()
        } else {
            String::new()
        },
    }
}

fn hash(path: &Path) -> Result<String, BoundedFileError> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(BoundedFile::open(path)?.into_reader(LARGEST))?;
    Ok(hasher.finalize().to_hex().to_string())
}

#[cfg(test)]
mod tests;
