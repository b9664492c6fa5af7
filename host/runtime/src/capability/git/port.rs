//! What the capability needs of git.

use async_trait::async_trait;
use deployhost_policy::git::{CommitId, Path, Ref, Remote, TreePath};

use super::{Auth, Obstacle, Resolved, Signature, WorkTree};
use crate::capability::error::CapabilityError;
use crate::capability::run::Commit;

/// What the capability needs of git. Every argument has been checked and granted.
///
/// Only `move_to` and `bring_back` change the work tree; `fetch` writes to a mirror of the host's own, and the
/// others read. Dropping a future ends what it started.
#[async_trait]
pub trait Port: Send + Sync {
    async fn head(&self, tree: &TreePath) -> Result<Option<WorkTree>, CapabilityError>;
    async fn fetch(
        &self,
        tree: &TreePath,
        remote: &Remote,
        auth: &Auth,
    ) -> Result<(), CapabilityError>;
    async fn resolve(
        &self,
        tree: &TreePath,
        remote: &Remote,
        reference: &Ref,
    ) -> Result<Resolved, CapabilityError>;
    async fn log(
        &self,
        tree: &TreePath,
        remote: &Remote,
        base: Option<&CommitId>,
        to: &CommitId,
        max: u32,
    ) -> Result<Vec<Commit>, CapabilityError>;
    async fn changed(
        &self,
        tree: &TreePath,
        remote: &Remote,
        base: &CommitId,
        to: &CommitId,
    ) -> Result<Vec<String>, CapabilityError>;
    async fn fingerprint(
        &self,
        tree: &TreePath,
        commit: &CommitId,
        path: &Path,
    ) -> Result<Option<String>, CapabilityError>;
    async fn obstacles(
        &self,
        tree: &TreePath,
        remote: &Remote,
        commit: &CommitId,
        allow: Allow,
    ) -> Result<Vec<Obstacle>, CapabilityError>;
    /// Who signed the commit, held against the text of an allowed-signers file.
    async fn verify(
        &self,
        tree: &TreePath,
        remote: &Remote,
        commit: &CommitId,
        signers: &str,
    ) -> Result<Signature, CapabilityError>;
    /// May be called again after it was killed at any instant. Returns what people should know
    /// besides: one line each.
    async fn move_to(
        &self,
        tree: &TreePath,
        remote: &Remote,
        commit: &CommitId,
        seen_as: Option<&Ref>,
    ) -> Result<Vec<String>, CapabilityError>;
    /// Puts back into the files what was kept when a move last took the tree away from this commit,
    /// at which it stands again.
    async fn bring_back(&self, tree: &TreePath, commit: &CommitId) -> Result<(), CapabilityError>;
}

/// What a commit may hold besides files and folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Allow {
    pub symlinks: bool,
    pub submodules: bool,
}
