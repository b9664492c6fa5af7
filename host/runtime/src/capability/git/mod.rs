//! One work tree, its remote and the granted refs.
//!
//! Owns the rule (nothing but the granted tree, remote and ref), what is a well-formed ref, commit,
//! remote and path, and when moving is allowed. How git is run is the adapter's.

pub mod grant;

use std::sync::Arc;

use async_trait::async_trait;
use wasmtime::component::{HasSelf, Linker};

pub use deployhost_policy::git::{CommitId, Path, Ref, Remote, TreePath};
pub use grant::{Auth, Grant, SshKey, Token};

use super::call::Call;
use super::run::Commit;

mod binding {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "package deployhost:host; world git { import deployhost:plugin/git@0.1.0; }",
        imports: { default: async | trappable },
        with: { "deployhost:plugin/run@0.1.0": crate::capability::run },
    });
}
use binding::deployhost::plugin::git;
pub use git::{Error, Obstacle, Resolved, WorkTree};

/// Most commits of one `log`.
pub const LOG: u32 = 1000;
/// Most paths of one `changed`.
pub const CHANGED: usize = 10_000;

/// What the capability needs of git. Every argument has been checked and granted.
///
/// Only `move_to` changes the work tree; `fetch` writes to a mirror of the host's own, and the
/// others read. Dropping a future ends what it started.
#[async_trait]
pub trait Port: Send + Sync {
    async fn head(&self, tree: &TreePath) -> Result<Option<WorkTree>, Error>;
    async fn fetch(&self, tree: &TreePath, remote: &Remote, auth: &Auth) -> Result<(), Error>;
    async fn resolve(
        &self,
        tree: &TreePath,
        remote: &Remote,
        reference: &Ref,
    ) -> Result<Resolved, Error>;
    async fn log(
        &self,
        tree: &TreePath,
        remote: &Remote,
        base: Option<&CommitId>,
        to: &CommitId,
        max: u32,
    ) -> Result<Vec<Commit>, Error>;
    async fn changed(
        &self,
        tree: &TreePath,
        remote: &Remote,
        base: &CommitId,
        to: &CommitId,
    ) -> Result<Vec<String>, Error>;
    async fn fingerprint(
        &self,
        tree: &TreePath,
        commit: &CommitId,
        path: &Path,
    ) -> Result<Option<String>, Error>;
    async fn obstacles(
        &self,
        tree: &TreePath,
        remote: &Remote,
        commit: &CommitId,
        allow: Allow,
    ) -> Result<Vec<Obstacle>, Error>;
    /// May be called again after it was killed at any instant. Returns what people should know
    /// besides: one line each.
    async fn move_to(
        &self,
        tree: &TreePath,
        remote: &Remote,
        commit: &CommitId,
        seen_as: Option<&Ref>,
    ) -> Result<Vec<String>, Error>;
}

/// What a commit may hold besides files and folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Allow {
    pub symlinks: bool,
    pub submodules: bool,
}

/// The git capability of one plugin call.
pub struct Git {
    call: Arc<Call>,
    grants: Vec<Grant>,
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
        grants: Vec<Grant>,
        port: Arc<dyn Port>,
        pin: Option<&str>,
    ) -> Self {
        let known = pin.and_then(|pin| CommitId::parse(pin).ok());
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

    fn tree(&self, tree: &str) -> Result<TreePath, Error> {
        self.call.may_read().map_err(Error::Denied)?;
        let tree = TreePath::parse(tree).map_err(Error::Invalid)?;
        grant::granted(&self.grants, &tree, None, None).map_err(Error::Denied)?;
        Ok(tree)
    }

    fn place(
        &self,
        tree: &str,
        remote: &str,
        reference: Option<&Ref>,
    ) -> Result<GrantedTree, Error> {
        self.call.may_read().map_err(Error::Denied)?;
        let tree = TreePath::parse(tree).map_err(Error::Invalid)?;
        let remote = Remote::parse(remote).map_err(Error::Invalid)?;
        let grant =
            grant::granted(&self.grants, &tree, Some(&remote), reference).map_err(Error::Denied)?;
        let auth = grant.auth.clone();
        Ok(GrantedTree { tree, remote, auth })
    }

    async fn move_tree(
        &self,
        at: GrantedTree,
        commit: CommitId,
        seen_as: Option<Ref>,
    ) -> Result<(), Error> {
        let what = format!("move {} to {}", at.tree, commit.short());
        if !self.knows(commit.as_str()) {
            return Err(Error::Denied(format!(
                "{what}: it is neither the pin of this call nor what a granted ref stands for"
            )));
        }
        self.call.may_prepare(&what).map_err(Error::Denied)?;
        self.call.change(what).await.map_err(Error::Other)?;
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

fn commit(id: &str) -> Result<CommitId, Error> {
    CommitId::parse(id).map_err(Error::Invalid)
}

fn reference(text: &str) -> Result<Ref, Error> {
    Ref::parse(text).map_err(Error::Invalid)
}

impl git::Host for Git {
    async fn head(&mut self, tree: String) -> wasmtime::Result<Result<Option<WorkTree>, Error>> {
        let _billing = self.call.billing();
        Ok(async { self.port.head(&self.tree(&tree)?).await }.await)
    }

    async fn fetch(&mut self, tree: String, remote: String) -> wasmtime::Result<Result<(), Error>> {
        let _billing = self.call.billing();
        Ok(async {
            let at = self.place(&tree, &remote, None)?;
            self.port.fetch(&at.tree, &at.remote, &at.auth).await
        }
        .await)
    }

    async fn resolve(
        &mut self,
        tree: String,
        remote: String,
        text: String,
    ) -> wasmtime::Result<Result<Resolved, Error>> {
        let call = self.call.clone();
        let _billing = call.billing();
        Ok(async {
            let reference = reference(&text)?;
            let asked = Some(&reference).filter(|_| !self.knows(&text));
            let at = self.place(&tree, &remote, asked)?;
            let resolved = self.port.resolve(&at.tree, &at.remote, &reference).await?;
            self.known.push(commit(&resolved.commit.id)?);
            Ok(resolved)
        }
        .await)
    }

    async fn log(
        &mut self,
        tree: String,
        remote: String,
        base: Option<String>,
        to: String,
        max: u32,
    ) -> wasmtime::Result<Result<Vec<Commit>, Error>> {
        let _billing = self.call.billing();
        Ok(async {
            let at = self.place(&tree, &remote, None)?;
            let base = base.as_deref().map(commit).transpose()?;
            let to = commit(&to)?;
            self.port
                .log(&at.tree, &at.remote, base.as_ref(), &to, max.min(LOG))
                .await
        }
        .await)
    }

    async fn changed(
        &mut self,
        tree: String,
        remote: String,
        base: String,
        to: String,
    ) -> wasmtime::Result<Result<Vec<String>, Error>> {
        let _billing = self.call.billing();
        Ok(async {
            let at = self.place(&tree, &remote, None)?;
            self.port
                .changed(&at.tree, &at.remote, &commit(&base)?, &commit(&to)?)
                .await
        }
        .await)
    }

    async fn fingerprint(
        &mut self,
        tree: String,
        id: String,
        path: String,
    ) -> wasmtime::Result<Result<Option<String>, Error>> {
        let _billing = self.call.billing();
        Ok(async {
            let tree = self.tree(&tree)?;
            let path = Path::parse(&path).map_err(Error::Invalid)?;
            self.port.fingerprint(&tree, &commit(&id)?, &path).await
        }
        .await)
    }

    async fn obstacles(
        &mut self,
        tree: String,
        remote: String,
        id: String,
        symlinks: bool,
        submodules: bool,
    ) -> wasmtime::Result<Result<Vec<Obstacle>, Error>> {
        let _billing = self.call.billing();
        Ok(async {
            let at = self.place(&tree, &remote, None)?;
            let allow = Allow {
                symlinks,
                submodules,
            };
            self.port
                .obstacles(&at.tree, &at.remote, &commit(&id)?, allow)
                .await
        }
        .await)
    }

    async fn move_to(
        &mut self,
        tree: String,
        remote: String,
        id: String,
        seen_as: Option<String>,
    ) -> wasmtime::Result<Result<(), Error>> {
        let _billing = self.call.billing();
        Ok(async {
            let at = self.place(&tree, &remote, None)?;
            let seen_as = seen_as.as_deref().map(reference).transpose()?;
            self.move_tree(at, commit(&id)?, seen_as).await
        }
        .await)
    }
}

pub fn link<T: Send + 'static>(
    linker: &mut Linker<T>,
    git: fn(&mut T) -> &mut Git,
) -> wasmtime::Result<()> {
    git::add_to_linker::<T, HasSelf<Git>>(linker, git)
}

#[cfg(test)]
mod tests;
