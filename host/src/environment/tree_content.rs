//! What a path of this machine holds, where it lies in a work tree that a plan moves.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use async_trait::async_trait;

use deployhost_adapters::git::GitProgram;
use deployhost_runtime::capability::compose::Content;
use deployhost_runtime::capability::error::CapabilityError;
use deployhost_runtime::capability::git::{CommitId, Port, TreePath};

/// The work trees that plans of this process move, and what they hold.
pub(super) struct TreeContent {
    pub(super) git: Arc<GitProgram>,
    tops: RwLock<Vec<PathBuf>>,
    /// Asked once a run: what comes later counts in the next.
    untracked: Mutex<BTreeMap<UntrackedIn, Vec<PathBuf>>>,
}

/// Folders of a tree, by its top level.
type UntrackedIn = (PathBuf, Vec<PathBuf>);

impl TreeContent {
    pub(super) fn new(git: Arc<GitProgram>) -> Self {
        Self {
            git,
            tops: RwLock::default(),
            untracked: Mutex::default(),
        }
    }

    /// For a run that is about to begin.
    pub(super) fn add<'a>(&self, trees: impl Iterator<Item = &'a Path>) {
        self.known_untracked().clear();
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

    /// What `path`, in the tree `top`, holds at `commit`, or where the tree stands.
    async fn inside(&self, top: &Path, path: &Path, commit: Option<&str>) -> Option<String> {
        let inside = path.strip_prefix(top).ok()?.to_str()?;
        let commit = match commit {
            Some(commit) => commit.to_owned(),
            None => self.head(top).await?,
        };
        self.git.content(top, &commit, inside).await
    }

    fn known_untracked(&self) -> MutexGuard<'_, BTreeMap<UntrackedIn, Vec<PathBuf>>> {
        self.untracked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn below(&self, folder: &Path) -> Vec<PathBuf> {
        let tops = self.tops.read().unwrap_or_else(PoisonError::into_inner);
        let mut below: Vec<PathBuf> = tops.clone();
        below.retain(|top| top.starts_with(folder));
        below.sort();
        below.dedup();
        below
    }
}

#[async_trait]
impl Content for TreeContent {
    async fn content(&self, path: &Path, commit: Option<&str>) -> Option<Option<String>> {
        if let Some(top) = self.of(path) {
            return Some(self.inside(&top, path, commit).await);
        }
        let tops = self.below(path);
        if tops.is_empty() {
            return None;
        }
        let mut together = Vec::new();
        for top in &tops {
            together.push(self.inside(top, top, commit).await?);
        }
        Some(Some(together.join("+")))
    }

    async fn untracked(&self, folders: &[PathBuf]) -> Vec<PathBuf> {
        let mut of_trees: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
        for folder in folders {
            match self.of(folder) {
                Some(top) => of_trees.entry(top).or_default().push(folder.clone()),
                None => {
                    for top in self.below(folder) {
                        of_trees.entry(top.clone()).or_default().push(top);
                    }
                }
            }
        }
        let mut untracked = Vec::new();
        for (top, folders) in of_trees {
            let asked = (top, folders);
            let known = self.known_untracked().get(&asked).cloned();
            let found = match known {
                Some(found) => found,
                None => self.git.untracked(&asked.0, &asked.1).await,
            };
            self.known_untracked().insert(asked, found.clone());
            untracked.extend(found);
        }
        untracked
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
