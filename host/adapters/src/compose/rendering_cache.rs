//! Renderings of this process, by all that they are made of: a rendering takes the first Compose
//! 0.3 s, and its successors 0.05 s.
//!
//! Does not own what a key covers, nor a rendering itself. Never on disk: it holds secrets.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;
use tokio::task::AbortHandle;

use super::model::Model;
use deployhost_runtime::capability::compose::ProjectName;

/// How many renderings are remembered.
const MOST: usize = 8;

/// Set once the rendering has ended well; whoever comes meanwhile waits for it.
pub type CachedModel = Arc<OnceCell<Arc<Model>>>;

#[derive(Default)]
pub struct RenderingCache {
    /// The oldest first.
    cached: Mutex<Vec<(blake3::Hash, CachedModel)>>,
    /// By project.
    early: Mutex<BTreeMap<ProjectName, AbortHandle>>,
}

impl RenderingCache {
    /// The place of a rendering that is wanted. Where an early one was begun of other files, it is
    /// ended: their tree may be about to move under it.
    pub fn of(&self, key: &blake3::Hash, project: &ProjectName) -> CachedModel {
        let early = locked(&self.early).remove(project);
        if let (Some(early), false) = (early, self.has(key)) {
            early.abort();
        }
        self.of_early(key)
    }

    /// The place of a rendering that may be wanted.
    pub fn of_early(&self, key: &blake3::Hash) -> CachedModel {
        let mut cached = locked(&self.cached);
        if let Some((_, there)) = cached.iter().find(|(known, _)| known == key) {
            return Arc::clone(there);
        }
        if cached.len() == MOST {
            cached.remove(0);
        }
        let place = CachedModel::default();
        cached.push((*key, Arc::clone(&place)));
        place
    }

    pub fn begun_early(&self, project: ProjectName, rendering: AbortHandle) {
        locked(&self.early).insert(project, rendering);
    }

    fn has(&self, key: &blake3::Hash) -> bool {
        locked(&self.cached).iter().any(|(known, _)| known == key)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
