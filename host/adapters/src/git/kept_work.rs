//! What a work tree had that no remote has, kept before a move takes it away: files that differ
//! from its commit, as a commit of their own, and commits that were never pushed.
//!
//! Owns the refs below `refs/deployhost/kept/` of the work tree's own repository. Only people take
//! them away.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path as OsPath, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::GitProgram;
use super::conflict::differing;
use super::listing::{as_path, words};
use super::problem::refused_by_system;
use super::program::GitCommand;
use super::ref_updates::RefUpdates;
use super::setup::Setup;
use super::tree::{TreeState, WorkTreePaths};
use deployhost_policy::short_id::short_commit;
use deployhost_runtime::capability::clock::now_unix_ms;
use deployhost_runtime::capability::error::CapabilityError;
use deployhost_runtime::capability::git::{CommitId, TreePath};
use deployhost_runtime::redaction_scope::redact_in_scope;

const EDITS: &str = "refs/deployhost/kept/edits/";
const COMMITS: &str = "refs/deployhost/kept/commits/";
/// For how long a look at a tree's edits holds: from a plugin's look to the move that it asks for.
const HOLDS: Duration = Duration::from_secs(1);
/// Most that is listed, and longest subject in bytes.
const LISTED: usize = 100;
const SUBJECT: usize = 200;
/// Who makes the commits. No user of the machine: git then asks for no configuration.
const NAME: &str = "deployhost";
const EMAIL: &str = "deployhost@localhost";

/// Something that was kept of a work tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptWork {
    /// Of the commit that holds it.
    pub id: String,
    pub kind: KeptKind,
    /// When that was made.
    pub at_unix_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeptKind {
    /// What differed from the commit that the tree stood at, by path. The commit's parent is that one.
    Edits(Vec<String>),
    /// A commit that was never pushed, by its subject; those before it are kept with it.
    Commit(String),
}

impl fmt::Display for KeptWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            KeptKind::Commit(subject) => {
                let id = short_commit(&self.id);
                write!(f, "commit {id} \"{subject}\", never pushed")
            }
            KeptKind::Edits(files) => {
                write!(f, "what differed from the commit")?;
                match files.as_slice() {
                    [] => Ok(()),
                    [one] => write!(f, ": {one}"),
                    [first, more @ ..] => write!(f, ": {first} and {} more", more.len()),
                }
            }
        }
    }
}

/// The ref that keeps a commit which was never pushed.
pub(super) fn of_commit(id: &str) -> String {
    format!("{COMMITS}{id}")
}

/// What differed from HEAD when a tree was last looked at, by git folder.
#[derive(Default)]
pub(super) struct SeenEdits(Mutex<BTreeMap<PathBuf, (Instant, Vec<PathBuf>)>>);

impl SeenEdits {
    pub fn put(&self, git_dir: &OsPath, edits: &[PathBuf]) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(git_dir.to_owned(), (Instant::now(), edits.to_vec()));
    }

    /// Once: a move makes it untrue.
    fn take(&self, git_dir: &OsPath) -> Option<Vec<PathBuf>> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, edits) = seen.remove(git_dir)?;
        (at.elapsed() <= HOLDS).then_some(edits)
    }
}

/// A work tree that is about to be moved away from a commit.
pub(super) struct Leaving<'a> {
    pub git: &'a GitProgram,
    pub tree: &'a WorkTreePaths,
    pub setup: &'a Setup,
    pub from: &'a str,
    /// Where a killed move was leading, whose files are no person's.
    pub interrupted: Option<&'a CommitId>,
}

impl Leaving<'_> {
    /// Keeps what differs from the commit that the tree stands at. None: nothing does.
    pub async fn keep_edits(
        &self,
        refs: &mut RefUpdates,
    ) -> Result<Option<KeptWork>, CapabilityError> {
        let mut edits = match self.git.seen_edits.take(&self.tree.git_dir) {
            Some(edits) => edits,
            None => self.git.edits(self.tree, self.setup).await?,
        };
        if let (Some(to), false) = (self.interrupted, edits.is_empty()) {
            let changes = differing(self.setup.quiet(self.on_tree()), to).await?;
            edits.retain(|edit| changes.iter().any(|change| &change.path == edit));
        }
        if edits.is_empty() {
            return Ok(None);
        }
        let id = self.commit(&edits).await?;
        refs.commit(&format!("update {EDITS}{id} {id}\n")).await?;
        let names = edits.iter().map(|it| it.to_string_lossy().into_owned());
        Ok(Some(KeptWork {
            id,
            kind: KeptKind::Edits(names.collect()),
            at_unix_ms: now_unix_ms(),
        }))
    }

    fn on_tree(&self) -> GitCommand {
        self.git.on(&self.tree.repository()).changing()
    }

    /// A commit of these files as they lie there, on the one that the tree stands at. The tree's own
    /// index stays as it is.
    async fn commit(&self, edits: &[PathBuf]) -> Result<String, CapabilityError> {
        let own = self.tree.git_dir.join("index");
        let copied = copy_of(&own, &self.git.state).map_err(|error| {
            let what = "the index cannot be copied";
            refused_by_system("git.edits-not-kept", what, &own, error)
        })?;
        let index = copied.path().join("index");
        let on_copy = || {
            let command = self.setup.quiet(self.on_tree());
            command.variable("GIT_INDEX_FILE", &index)
        };
        let mut names = Vec::new();
        for edit in edits {
            names.extend_from_slice(edit.as_os_str().as_encoded_bytes());
            names.push(0);
        }
        let add = on_copy().words("add --update --pathspec-from-file=- --pathspec-file-nul");
        add.input(names).done().await?;
        let tree = line(on_copy().words("write-tree").done().await?.out);
        let subject = format!("What differed in {}", self.tree.top.display());
        let commit = self
            .on_tree()
            .variable("GIT_AUTHOR_NAME", NAME)
            .variable("GIT_AUTHOR_EMAIL", EMAIL)
            .variable("GIT_COMMITTER_NAME", NAME)
            .variable("GIT_COMMITTER_EMAIL", EMAIL)
            .words("commit-tree --no-gpg-sign -p")
            .arguments([self.from, "-m", &subject, &tree]);
        Ok(line(commit.done().await?.out))
    }
}

impl GitProgram {
    /// The tracked files that differ from HEAD.
    pub(super) async fn edits(
        &self,
        tree: &WorkTreePaths,
        setup: &Setup,
    ) -> Result<Vec<PathBuf>, CapabilityError> {
        let finished = setup
            .quiet(self.on(&tree.repository()))
            .long()
            .words("status --porcelain=v1 -z --no-renames")
            .words("--untracked-files=no --ignore-submodules=all")
            .done()
            .await?;
        let entries = words(&finished.out).filter_map(|entry| entry.get(3..));
        Ok(entries.map(as_path).collect())
    }

    /// Puts the edits back that were kept last of those on `commit`, where the tree stands.
    pub(super) async fn bring_edits_back(
        &self,
        tree: &TreePath,
        commit: &CommitId,
    ) -> Result<(), CapabilityError> {
        let TreeState::WorkTreePaths(tree) = self.place(tree).await? else {
            return Ok(());
        };
        let on_tree = || self.on(&tree.repository());
        let list = on_tree().long().words("for-each-ref --sort=-committerdate");
        let list = list.arguments([
            "--format=%(objectname) %(parent)",
            "--end-of-options",
            EDITS,
        ]);
        let listed = String::from_utf8_lossy(&list.done().await?.out).into_owned();
        let on_commit = listed.lines().find_map(|line| {
            let (id, parent) = line.split_once(' ')?;
            (parent == commit.as_str()).then_some(id)
        });
        let Some(id) = on_commit else { return Ok(()) };
        let paths = changed_by(on_tree(), id).await?;
        let setup = Setup::of(self, &tree).await?;
        let restore = setup.quiet(on_tree().changing());
        restore
            .variable("GIT_LITERAL_PATHSPECS", "1")
            .words("restore --quiet --worktree --pathspec-from-file=- --pathspec-file-nul")
            .arguments([format!("--source={id}")])
            .input(paths)
            .done()
            .await
            .map(drop)
    }

    /// What was kept of a work tree, and is there still: the newest first, at most 100.
    pub async fn kept(&self, tree: &OsPath) -> Result<Vec<KeptWork>, CapabilityError> {
        let named = TreePath::parse(&tree.to_string_lossy()).map_err(CapabilityError::invalid)?;
        let TreeState::WorkTreePaths(tree) = self.place(&named).await? else {
            return Ok(Vec::new());
        };
        let on_tree = || self.on(&tree.repository());
        let list = on_tree().long().words("for-each-ref --sort=-committerdate");
        let format = "--format=%(refname)%00%(objectname)%00%(committerdate:unix)%00%(subject)";
        let list = list.arguments([format, "--end-of-options", EDITS, COMMITS]);
        let listed = String::from_utf8_lossy(&list.done().await?.out).into_owned();
        let mut kept = Vec::new();
        for line in listed.lines().take(LISTED) {
            let [name, id, seconds, subject] = *line.split('\0').collect::<Vec<_>>() else {
                continue;
            };
            let kind = match name.starts_with(EDITS) {
                true => KeptKind::Edits(shown(&changed_by(on_tree(), id).await?)),
                false => KeptKind::Commit(redact_in_scope(subject, SUBJECT)),
            };
            kept.push(KeptWork {
                id: id.to_owned(),
                kind,
                at_unix_ms: seconds
                    .parse::<u64>()
                    .map_or(0, |it| it.saturating_mul(1000)),
            });
        }
        Ok(kept)
    }
}

/// The paths that a commit changes, as git lists them.
async fn changed_by(on_tree: GitCommand, commit: &str) -> Result<Vec<u8>, CapabilityError> {
    let command = on_tree
        .long()
        .words("diff-tree -r -z --no-commit-id --name-only --no-renames --end-of-options")
        .arguments([commit]);
    Ok(command.done().await?.out)
}

fn shown(listed: &[u8]) -> Vec<String> {
    let names = words(listed).map(|name| String::from_utf8_lossy(name).into_owned());
    names.collect()
}

/// A folder, gone at the end, with a copy of a tree's index in it; without one where the tree has none.
fn copy_of(index: &OsPath, state: &OsPath) -> io::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir_in(state)?;
    match fs::copy(index, folder.path().join("index")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(folder),
    }
}

fn line(out: Vec<u8>) -> String {
    String::from_utf8_lossy(&out).trim().to_owned()
}
