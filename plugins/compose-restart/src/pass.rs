//! What earlier steps of this pass put out: the commit that is wanted, and the tree it goes into.

use deployhost_plugin::output::{self, Tree};
use deployhost_plugin::{Commit, Context, Failure};

use crate::decision::short_commit;

#[derive(Debug, Clone, Default)]
pub struct Pass {
    pub commit: Option<String>,
    pub tree: Option<Tree>,
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
        let message = format!(
            "{} stands at {at}, not at {}: the step that moves it has not",
            tree.path,
            short_commit(&tree.to),
        );
        let failure = Failure::permanent("compose-restart.tree-not-moved", message)
            .parameter("tree", &tree.path)
            .parameter("commit", &tree.to);
        Err(match &tree.at {
            Some(at) => failure.parameter("found", at),
            None => failure,
        })
    }
}
