//! Moves of a work tree that have begun: one ref of the tree for each, until it is over.

use super::GitProgram;
use super::checkout::commit_at;
use super::program::GitCommand;
use deployhost_runtime::capability::error::CapabilityError;

/// The refs that say a move has begun; the last part is where from.
pub(super) const BEGUN: &str = "refs/deployhost/moving/";
/// Where from, when there was no commit yet.
pub(super) const NOTHING: &str = "nothing";

/// A move that was begun, and maybe ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PendingCheckout {
    /// The commit it started from, or `nothing`.
    pub from: String,
    pub commit: String,
}

/// All that a tree has refs of.
pub(super) async fn begun(in_tree: GitCommand) -> Result<Vec<PendingCheckout>, CapabilityError> {
    let finished = in_tree
        .arguments([
            "for-each-ref",
            "--format=%(refname) %(objectname)",
            "--end-of-options",
            BEGUN,
        ])
        .done()
        .await?;
    let text = String::from_utf8_lossy(&finished.out).into_owned();
    let read = |line: &str| {
        let (name, commit) = line.split_once(' ')?;
        let from = name.strip_prefix(BEGUN)?.to_owned();
        Some(PendingCheckout {
            from,
            commit: commit.to_owned(),
        })
    };
    Ok(text.lines().filter_map(read).collect())
}

/// The commit of the one that a kill ended in a tree that stands at `head`.
pub(super) async fn interrupted_at(
    git: &GitProgram,
    in_tree: GitCommand,
    head: Option<&str>,
) -> Result<Option<String>, CapabilityError> {
    commit_at(git, in_tree, &format!("{BEGUN}{}", head.unwrap_or(NOTHING))).await
}

/// The one that a kill ended: the tree still stands where it started.
pub(super) fn interrupted<'b>(
    begun: &'b [PendingCheckout],
    head: Option<&str>,
) -> Option<&'b PendingCheckout> {
    begun.iter().find(|one| one.from == head.unwrap_or(NOTHING))
}
