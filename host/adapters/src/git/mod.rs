//! Git, through its own program: the port of the git capability.
//!
//! Owns the mirrors below its state folder. A work tree is the plan's; it is changed by `move_to`
//! alone. How git is kept from running anything else is `program`'s.

mod answers;
mod auth;
mod checkout;
mod conflict;
mod disk;
mod filters;
mod kept_work;
mod layer;
mod listing;
mod mirror;
mod object;
mod pending_move;
mod port;
mod problem;
mod program;
mod ref_updates;
mod refusal;
mod setup;
mod signature;
mod stale_locks;
mod tree;

use std::path::{Path as OsPath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OnceCell;

use super::program_versions::ProgramVersions;
use answers::GitAnswers;
use deployhost_policy::{Diagnostic, Location};
use deployhost_runtime::capability::error::{CapabilityError, OfKind};
use deployhost_runtime::capability::git::{CommitId, Path, Port, Remote, TreePath};
use kept_work::SeenEdits;
use listing::{as_path, words};
use mirror::Mirror;
use object::ObjectReaders;
use program::{GitCommand, Repository};
use setup::{FetchSource, Setup, SetupCache};
use tree::TreeState;

pub use kept_work::{KeptKind, KeptWork};

/// Longest run of one git.
pub const DEADLINE: Duration = Duration::from_secs(24 * 60 * 60);
/// Oldest git whose options are known to do here.
const OLDEST: (u32, u32) = (2, 34);

/// The git program of this machine, and the host's own copies of remotes.
pub struct GitProgram {
    state: PathBuf,
    deadline: Duration,
    checked: OnceCell<()>,
    versions: ProgramVersions,
    objects: ObjectReaders,
    setups: SetupCache,
    answers: GitAnswers,
    seen_edits: SeenEdits,
}

/// A tree, where its remote leads, and what its configuration says.
struct RepositoryState {
    place: TreeState,
    setup: Arc<Setup>,
    source: FetchSource,
}

impl GitProgram {
    /// `state`: the host's own folder, made at the first fetch. Each git ends within [`DEADLINE`].
    pub fn new(state: PathBuf) -> Self {
        let state = std::path::absolute(&state).unwrap_or(state);
        Self {
            versions: ProgramVersions::of(&state),
            state,
            deadline: DEADLINE,
            checked: OnceCell::new(),
            objects: ObjectReaders::default(),
            setups: SetupCache::default(),
            answers: GitAnswers::default(),
            seen_edits: SeenEdits::default(),
        }
    }

    /// Ends each git earlier than [`DEADLINE`].
    pub fn within(mut self, deadline: Duration) -> Self {
        self.deadline = deadline.min(DEADLINE);
        self
    }

    /// What a path of the tree holds at a commit, as [`Port::fingerprint`] tells it. None where
    /// the commit or the path is not there, or is none.
    pub async fn content(&self, tree: &OsPath, commit: &str, path: &str) -> Option<String> {
        let tree = TreePath::parse(tree.to_str()?).ok()?;
        let (commit, path) = (CommitId::parse(commit).ok()?, Path::parse(path).ok()?);
        self.fingerprint(&tree, &commit, &path).await.ok().flatten()
    }

    /// The files below folders of a tree that it does not track, ignored ones too. Empty where git
    /// cannot tell.
    pub async fn untracked(&self, tree: &OsPath, folders: &[PathBuf]) -> Vec<PathBuf> {
        let found = self.list_untracked(tree, folders).await;
        found.unwrap_or_else(|error| {
            let (tree, why) = (tree.display(), error.to_string());
            tracing::info!(%tree, why, "what git does not track is not seen");
            Vec::new()
        })
    }

    async fn list_untracked(
        &self,
        tree: &OsPath,
        folders: &[PathBuf],
    ) -> Result<Vec<PathBuf>, CapabilityError> {
        let path = TreePath::parse(&tree.to_string_lossy()).map_err(CapabilityError::invalid)?;
        let TreeState::WorkTreePaths(there) = self.place(&path).await? else {
            return Ok(Vec::new());
        };
        let setup = Setup::of(self, &there).await?;
        let on_tree = setup.quiet(self.on(&there.repository())).long();
        let list = on_tree.words("ls-files --others -z --").arguments(folders);
        let listed = list.done().await?.out;
        Ok(words(&listed)
            .map(|name| tree.join(as_path(name)))
            .collect())
    }

    fn mirrors(&self) -> PathBuf {
        self.state.join("mirrors")
    }

    /// An empty folder.
    fn home(&self) -> PathBuf {
        self.state.join("home")
    }

    fn deadline(&self) -> Duration {
        self.deadline
    }

    fn command(&self, folder: &OsPath) -> GitCommand {
        GitCommand::new(&self.home(), folder, self.deadline)
    }

    fn on(&self, repository: &Repository) -> GitCommand {
        self.command(&repository.folder).on(repository)
    }

    /// Is there a git, and is it new enough? Asked once.
    pub async fn ready(&self) -> Result<(), CapabilityError> {
        self.checked
            .get_or_try_init(|| async {
                let program = program::installed("git");
                let known = program.as_ref().and_then(|it| self.versions.known(it));
                let text = match known {
                    Some(text) => text,
                    None => {
                        let text = self.said_version().await?;
                        if let Some(program) = &program {
                            self.versions.remember(program, &text);
                        }
                        text
                    }
                };
                match version(&text) {
                    Some(version) if version >= OLDEST => Ok(()),
                    _ => Err(Diagnostic::new("git.too-old", "git is too old")
                        .at(Location::named(format!(
                            "{text}, at least {}.{}",
                            OLDEST.0, OLDEST.1
                        )))
                        .help("apt-get install git")
                        .parameter("version", text)
                        .other()),
                }
            })
            .await
            .copied()
    }

    async fn said_version(&self) -> Result<String, CapabilityError> {
        let command = self.command(OsPath::new("/")).arguments(["--version"]);
        let finished = command.done().await?;
        Ok(String::from_utf8_lossy(&finished.out).trim().to_owned())
    }

    async fn place(&self, tree: &TreePath) -> Result<TreeState, CapabilityError> {
        self.ready().await?;
        TreeState::of(tree, &self.state)
    }

    async fn site(
        &self,
        tree: &TreePath,
        remote: &Remote,
    ) -> Result<RepositoryState, CapabilityError> {
        let place = self.place(tree).await?;
        let setup = match &place {
            TreeState::WorkTreePaths(tree) => Setup::of(self, tree).await?,
            TreeState::Missing | TreeState::Empty => Arc::default(),
        };
        let source = setup.source(remote, tree.as_path())?;
        Ok(RepositoryState {
            place,
            setup,
            source,
        })
    }
}

impl RepositoryState {
    /// The mirror, with whatever the tree's own object store has besides.
    fn reading(&self, mirror: &Mirror<'_>) -> GitCommand {
        match &self.place {
            TreeState::WorkTreePaths(tree) => mirror.command().objects_of(&[tree.objects()]),
            TreeState::Missing | TreeState::Empty => mirror.command(),
        }
    }
}

/// `git version 2.47.3`, and whatever a distribution adds.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text
        .strip_prefix("git version ")?
        .split(['.', ' ', '-'])
        .map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => Some((major, minor)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
