//! One work tree, its remote and the granted refs.
//!
//! Owns the rule (nothing but the granted tree, remote and ref), what is a well-formed ref, commit,
//! remote and path, and when moving is allowed. How git is run is the adapter's.

pub mod grant;
mod port;

use std::sync::Arc;

use deployhost_policy::Diagnostic;

pub use deployhost_policy::git::{CommitId, Path, Ref, Remote, TreePath};
pub use grant::{Auth, GitGrant, SshKey, Token};
pub use port::{Allow, Port};

use super::call::Call;
use super::error::{CapabilityError, OfKind, guest_error};
use super::grant::{GrantScope, GrantTable, Lock, Marked, PathKind, Requirement, marked_path};
use super::run::Commit;
use super::{CallScope, Capability};
use crate::sandbox::CallError;
use deployhost_policy::config_fault::ConfigFault;

mod binding {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "package deployhost:host; world git { import deployhost:plugin/git@0.1.0; }",
        imports: { default: async | trappable },
        trappable_error_type: { "deployhost:plugin/git.error" => crate::capability::error::CapabilityError },
        with: { "deployhost:plugin/run@0.1.0": crate::capability::run },
    });
}
use binding::deployhost::plugin::git;
pub(crate) use git::add_to_linker;
pub use git::{Obstacle, Resolved, Signature, WorkTree};

guest_error!(git::Error: Denied, Invalid, NotFound, Unreachable);

/// Most commits of one `log`.
pub const LOG: u32 = 1000;
/// Most paths of one `changed`.
pub const CHANGED: usize = 10_000;
/// Longest list of allowed signers, in bytes.
pub const SIGNERS: usize = 64 * 1024;

/// The git capability of one plugin call.
pub struct Git {
    call: Arc<Call>,
    grants: Vec<GitGrant>,
    port: Arc<dyn Port>,
    /// What the tree may be moved to: the pin that the host gave this call, and what granted refs
    /// were resolved to in it.
    known: Vec<CommitId>,
}

/// Tree and remote of a call, checked and granted.
struct GrantedTree {
    tree: TreePath,
    remote: Remote,
    auth: Auth,
}

impl Git {
    /// `pin`: what the host gave the call that this is for.
    pub fn new(
        call: Arc<Call>,
        grants: Vec<GitGrant>,
        port: Arc<dyn Port>,
        pin: Option<&str>,
    ) -> Self {
        // What may follow the commit is the plugin's own.
        let pinned = pin.and_then(|pin| pin.split('+').next());
        let known = pinned.and_then(|pin| CommitId::parse(pin).ok());
        Self {
            call,
            grants,
            port,
            known: known.into_iter().collect(),
        }
    }

    /// Whether the text is a commit that needs no ref to be granted.
    fn knows(&self, text: &str) -> bool {
        self.known.iter().any(|commit| commit.as_str() == text)
    }

    fn tree(&self, tree: &str) -> Result<TreePath, CapabilityError> {
        self.call.may_read()?;
        let tree = TreePath::parse(tree).map_err(CapabilityError::invalid)?;
        grant::granted(&self.grants, &tree, None, None)?;
        Ok(tree)
    }

    fn place(
        &self,
        tree: &str,
        remote: &str,
        reference: Option<&Ref>,
    ) -> Result<GrantedTree, CapabilityError> {
        self.call.may_read()?;
        let tree = TreePath::parse(tree).map_err(CapabilityError::invalid)?;
        let remote = Remote::parse(remote).map_err(CapabilityError::invalid)?;
        let grant = grant::granted(&self.grants, &tree, Some(&remote), reference)?;
        let auth = grant.auth.clone();
        Ok(GrantedTree { tree, remote, auth })
    }

    async fn move_tree(
        &self,
        at: GrantedTree,
        commit: CommitId,
        seen_as: Option<Ref>,
    ) -> Result<(), CapabilityError> {
        let what = format!("move {} to {}", at.tree, commit.short());
        if !self.knows(commit.as_str()) {
            let message = format!(
                "{what}: it is neither the pin of this call nor what a granted ref stands for"
            );
            return Err(Diagnostic::new("git.commit-not-granted", message).denied());
        }
        self.call.may_prepare(&what)?;
        self.call.change(what).await?;
        let notes = self
            .port
            .move_to(&at.tree, &at.remote, &commit, seen_as.as_ref())
            .await?;
        for note in notes {
            self.call.record().log("warn", &note);
        }
        Ok(())
    }
}

fn commit(id: &str) -> Result<CommitId, CapabilityError> {
    CommitId::parse(id).map_err(CapabilityError::invalid)
}

fn reference(text: &str) -> Result<Ref, CapabilityError> {
    Ref::parse(text).map_err(CapabilityError::invalid)
}

impl git::Host for Git {
    fn convert_error(&mut self, error: CapabilityError) -> wasmtime::Result<git::Error> {
        Ok(error.into())
    }

    async fn head(&mut self, tree: String) -> Result<Option<WorkTree>, CapabilityError> {
        let _billing = self.call.billing();
        self.port.head(&self.tree(&tree)?).await
    }

    async fn fetch(&mut self, tree: String, remote: String) -> Result<(), CapabilityError> {
        let _billing = self.call.billing();
        self.call.may_fetch()?;
        let at = self.place(&tree, &remote, None)?;
        self.port.fetch(&at.tree, &at.remote, &at.auth).await
    }

    async fn resolve(
        &mut self,
        tree: String,
        remote: String,
        text: String,
    ) -> Result<Resolved, CapabilityError> {
        let call = self.call.clone();
        let _billing = call.billing();
        let reference = reference(&text)?;
        let asked = Some(&reference).filter(|_| !self.knows(&text));
        let at = self.place(&tree, &remote, asked)?;
        let resolved = self.port.resolve(&at.tree, &at.remote, &reference).await?;
        self.known.push(commit(&resolved.commit.id)?);
        Ok(resolved)
    }

    async fn log(
        &mut self,
        tree: String,
        remote: String,
        base: Option<String>,
        to: String,
        max: u32,
    ) -> Result<Vec<Commit>, CapabilityError> {
        let _billing = self.call.billing();
        let at = self.place(&tree, &remote, None)?;
        let base = base.as_deref().map(commit).transpose()?;
        let (to, max) = (commit(&to)?, max.min(LOG));
        self.port
            .log(&at.tree, &at.remote, base.as_ref(), &to, max)
            .await
    }

    async fn changed(
        &mut self,
        tree: String,
        remote: String,
        base: String,
        to: String,
    ) -> Result<Vec<String>, CapabilityError> {
        let _billing = self.call.billing();
        let at = self.place(&tree, &remote, None)?;
        let (base, to) = (commit(&base)?, commit(&to)?);
        self.port.changed(&at.tree, &at.remote, &base, &to).await
    }

    async fn fingerprint(
        &mut self,
        tree: String,
        id: String,
        path: String,
    ) -> Result<Option<String>, CapabilityError> {
        let _billing = self.call.billing();
        let tree = self.tree(&tree)?;
        let path = Path::parse(&path).map_err(CapabilityError::invalid)?;
        self.port.fingerprint(&tree, &commit(&id)?, &path).await
    }

    async fn obstacles(
        &mut self,
        tree: String,
        remote: String,
        id: String,
        symlinks: bool,
        submodules: bool,
    ) -> Result<Vec<Obstacle>, CapabilityError> {
        let _billing = self.call.billing();
        let at = self.place(&tree, &remote, None)?;
        let allow = Allow {
            symlinks,
            submodules,
        };
        let commit = commit(&id)?;
        self.port
            .obstacles(&at.tree, &at.remote, &commit, allow)
            .await
    }

    async fn move_to(
        &mut self,
        tree: String,
        remote: String,
        id: String,
        seen_as: Option<String>,
    ) -> Result<(), CapabilityError> {
        let _billing = self.call.billing();
        let at = self.place(&tree, &remote, None)?;
        let seen_as = seen_as.as_deref().map(reference).transpose()?;
        self.move_tree(at, commit(&id)?, seen_as).await
    }

    async fn bring_back(&mut self, tree: String, id: String) -> Result<(), CapabilityError> {
        let _billing = self.call.billing();
        let tree = self.tree(&tree)?;
        let commit = commit(&id)?;
        let what = format!("bring back what differed from {} in {tree}", commit.short());
        self.call.may_prepare(&what)?;
        self.call.change(what).await?;
        self.port.bring_back(&tree, &commit).await
    }

    async fn verify(
        &mut self,
        tree: String,
        remote: String,
        id: String,
        signers: String,
    ) -> Result<Signature, CapabilityError> {
        let _billing = self.call.billing();
        let at = self.place(&tree, &remote, None)?;
        if signers.len() > SIGNERS {
            let message = "the list of allowed signers is over 64 KiB";
            return Err(Diagnostic::new("git.signers", message).invalid());
        }
        let commit = commit(&id)?;
        self.port
            .verify(&at.tree, &at.remote, &commit, &signers)
            .await
    }
}

impl Capability for Git {
    const KEYS: &'static [&'static str] = grant::KEYS;
    const MARKERS: &'static [&'static str] = grant::MARKERS;
    const REQUIRES: &'static [Requirement] = &[Requirement::Git];

    type Grant = GitGrant;
    type Port = Arc<dyn Port>;

    fn read_grant(table: &GrantTable<'_>, scope: &GrantScope<'_>) -> Result<GitGrant, ConfigFault> {
        GitGrant::read(table, scope)
    }

    fn add_marked(
        grants: &mut Vec<GitGrant>,
        marked: &[Marked],
        scope: &GrantScope<'_>,
    ) -> Result<(), ConfigFault> {
        GitGrant::add_marked(grants, marked, scope)
    }

    fn resolve_marked(
        marker: &str,
        text: &str,
        scope: &GrantScope<'_>,
    ) -> Result<String, Diagnostic> {
        match marker {
            "git-tree" => marked_path(scope, text, PathKind::Folder),
            "git-remote" => (scope.remote)(text),
            _ => Ref::parse(text).map(|_| text.to_owned()),
        }
    }

    fn locks(grant: &GitGrant) -> Vec<Lock> {
        vec![Lock::Tree(grant.tree.clone())]
    }

    fn new(
        scope: &CallScope,
        grants: Vec<GitGrant>,
        port: Arc<dyn Port>,
    ) -> Result<Self, CallError> {
        Ok(Self::new(
            scope.call.clone(),
            grants,
            port,
            scope.pin.as_deref(),
        ))
    }
}

#[cfg(test)]
mod tests;
