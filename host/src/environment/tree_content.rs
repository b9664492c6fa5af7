//! What a path of this machine holds, where it lies in a work tree that a plan moves.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;

use deployhost_adapters::git::GitProgram;
use deployhost_runtime::capability::compose::Content;
use deployhost_runtime::capability::error::CapabilityError;
use deployhost_runtime::capability::git::{CommitId, Port, TreePath};

/// The work trees that plans of this process move, and what they hold.
pub(super) struct TreeContent {
    pub(super) git: Arc<GitProgram>,
    tops: RwLock<Vec<PathBuf>>,
}

impl TreeContent {
    pub(super) fn new(git: Arc<GitProgram>) -> Self {
        Self {
            git,
            tops: RwLock::default(),
        }
    }

    pub(super) fn add<'a>(&self, trees: impl Iterator<Item = &'a Path>) {
        let mut tops = self.tops.write().unwrap_or_else(PoisonError::into_inner);
        tops.extend(trees.map(Path::to_owned));
    }

    /// The commit that a tree stands at; none: there is no tree yet.
    async fn head(&self, top: &Path) -> Option<String> {
        let tree = TreePath::parse(top.to_str()?).ok()?;
        let head = self.git.head(&tree).await.ok()??;
        Some(head.commit.id)
    }

    fn of(&self, path: &Path) -> Option<PathBuf> {
        let tops = self.tops.read().unwrap_or_else(PoisonError::into_inner);
        tops.iter()
            .filter(|top| path.starts_with(top))
            .max_by_key(|top| top.as_os_str().len())
            .cloned()
    }
}

#[async_trait]
impl Content for TreeContent {
    async fn content(&self, path: &Path, commit: Option<&str>) -> Option<Option<String>> {
        let top = self.of(path)?;
        let inside = path.strip_prefix(&top).ok()?.to_str()?.to_owned();
        let commit = match commit {
            Some(commit) => commit.to_owned(),
            None => self.head(&top).await?,
        };
        Some(self.git.content(&top, &commit, &inside).await)
    }

    async fn lay_out(
        &self,
        path: &Path,
        commit: &str,
        layer: &Path,
    ) -> Result<Option<PathBuf>, CapabilityError> {
        let Some(top) = self.of(path) else {
            return Ok(None);
        };
        let tree = top.to_str().and_then(|top| TreePath::parse(top).ok());
        let (Some(tree), Ok(commit)) = (tree, CommitId::parse(commit)) else {
            return Ok(None);
        };
        let done = self.git.lay_out(&tree, &commit, layer).await?;
        Ok(done.then_some(top))
    }
}
