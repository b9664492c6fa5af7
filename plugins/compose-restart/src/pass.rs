//! What earlier steps of this pass said: the commit that is wanted, and the tree it goes into.

use deployhost_plugin::{Commit, Context, Failure, output, serde};
use serde::Deserialize;

use crate::decision::short_commit;

#[derive(Debug, Clone, Default)]
pub struct Pass {
    pub commit: Option<String>,
    pub tree: Option<Tree>,
}

/// A work tree that an earlier step moves, or has moved.
#[derive(Debug, Clone, Deserialize)]
#[serde(crate = "deployhost_plugin::serde")]
pub struct Tree {
    pub path: String,
    /// None: there is no tree yet.
    pub at: Option<String>,
    pub to: String,
    /// None: any path may.
    pub changed: Option<Vec<String>>,
}

impl Pass {
    pub fn of(context: &Context) -> Self {
        let tree: Option<Tree> = context.output(output::TREE);
        let commit = context
            .output::<Commit>(output::COMMIT)
            .map(|commit| commit.id)
            .or_else(|| tree.as_ref().map(|tree| tree.to.clone()))
            .or_else(|| context.commit.as_ref().map(|commit| commit.id.clone()));
        Self { commit, tree }
    }

    /// The tree still has to be moved, by a step that comes before.
    pub fn ahead(&self) -> Option<&Tree> {
        self.tree
            .as_ref()
            .filter(|tree| tree.at.as_deref() != Some(tree.to.as_str()))
    }

    /// By the time that services are touched, the tree holds what they are to run.
    pub fn refuse_unmoved(&self) -> Result<(), Failure> {
        let Some(tree) = self.ahead() else {
            return Ok(());
        };
        let at = tree.at.as_deref().map_or("nothing", short_commit);
        Err(Failure::Permanent(format!(
            "{} stands at {at}, not at {}: the step that moves it has not",
            tree.path,
            short_commit(&tree.to),
        )))
    }
}
