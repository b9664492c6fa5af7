//! Moving a work tree to a commit, so that a kill at any instant leaves something that the next
//! call mends.
//!
//! The order is what makes it so: the commit is kept in the mirror; it is brought into the tree's
//! object store under a ref that says "being moved from X to here"; files and branch follow; the
//! ref goes away. A call that finds such a ref knows which untracked files are a killed checkout's
//! and not a person's.

use std::collections::BTreeSet;
use std::fs;
use std::time::SystemTime;

use super::kept_work::{Leaving, of_commit};
use super::mirror::{Mirror, kept, seen};
use super::object::ObjectLookup;
use super::pending_move::{BEGUN, NOTHING, PendingCheckout, begun, interrupted};
use super::problem::{commit_missing, refused_by_system};
use super::program::GitCommand;
use super::ref_updates::RefUpdates;
use super::setup::{FetchSource, Setup};
use super::tree::{TreeState, WorkTreePaths};
use super::{GitProgram, stale_locks};
use deployhost_policy::short_id::short_commit;
use deployhost_runtime::capability::error::{CapabilityError, CapabilityErrorKind};
use deployhost_runtime::capability::git::{CommitId, Ref, TreePath};

pub(super) struct Checkout<'a> {
    pub git: &'a GitProgram,
    pub path: &'a TreePath,
    pub mirror: Mirror<'a>,
    pub source: &'a FetchSource,
    pub commit: &'a CommitId,
    pub seen_as: Option<&'a Ref>,
}

/// Those that a move changes.
struct Refs {
    tree: RefUpdates,
    mirror: RefUpdates,
}

impl Checkout<'_> {
    /// Returns what people should know besides.
    pub async fn run(
        &self,
        place: TreeState,
        setup: &Setup,
    ) -> Result<Vec<String>, CapabilityError> {
        let began = SystemTime::now();
        let mut notes = Vec::new();
        let tree = match place {
            TreeState::WorkTreePaths(tree) => tree,
            TreeState::Missing | TreeState::Empty => self.make().await?,
        };
        for lock in stale_locks::clear(&tree.git_dir, &tree.top, began)? {
            notes.push(format!(
                "removed {}, which a killed git had left behind",
                lock.display()
            ));
        }
        setup.refuse_smudging(&tree.top)?;
        let (from, begun) = tokio::try_join!(
            commit_at(self.git, self.in_tree(&tree), "HEAD"),
            begun(self.in_tree(&tree))
        )?;
        let mut refs = Refs {
            tree: RefUpdates::of(self.in_tree(&tree)),
            mirror: RefUpdates::of(self.mirror.command()),
        };
        self.keep(&tree, from.as_deref(), &mut refs, &mut notes)
            .await?;
        let killed = interrupted(&begun, from.as_deref());
        if let Some(from) = &from {
            self.keep_edits(&tree, setup, from, killed, &mut refs, &mut notes)
                .await?;
        }
        if let Some(to) = killed {
            self.adopt(&tree, &to.commit).await?;
            notes.push(format!(
                "an earlier move to {} was interrupted",
                short_commit(&to.commit)
            ));
        }
        let remote = match setup.name_of(&self.source.url, &tree.top) {
            Some(name) => Some(name.to_owned()),
            None if from.is_none() && !setup.has_remotes() => Some(self.add_remote(&tree).await?),
            None => None,
        };
        let mut begun: BTreeSet<String> = begun.into_iter().map(|one| one.from).collect();
        // Else nothing comes that is not there: at most, files go back to what they were.
        if from.as_deref() != Some(self.commit.as_str()) {
            self.bring(&tree, from.as_deref(), remote.as_deref(), &mut refs)
                .await?;
            begun.insert(from.clone().unwrap_or_else(|| NOTHING.into()));
        }
        let said = self.place_files(&tree, setup, from.is_none()).await?;
        notes.extend(
            said.lines()
                .filter(|line| line.starts_with("warning:"))
                .map(str::to_owned),
        );
        let remote = remote.as_deref();
        let upstream = self
            .settle(&tree, &begun, from.is_none(), remote, &mut refs)
            .await?;
        if let Some(why) = upstream.filter(|why| why.kind == CapabilityErrorKind::Other) {
            notes.push(format!("git status in {} may read oddly: {why}", self.path));
        }
        Ok(notes)
    }

    fn in_tree(&self, tree: &WorkTreePaths) -> GitCommand {
        self.git.on(&tree.repository()).changing()
    }

    /// A new, empty repository.
    async fn make(&self) -> Result<WorkTreePaths, CapabilityError> {
        let top = self.path.as_path();
        fs::create_dir_all(top).map_err(|error| {
            let what = "the work tree cannot be made";
            refused_by_system("git.tree-unmade", what, top, error)
        })?;
        let format = if self.commit.as_str().len() == 64 {
            "sha256"
        } else {
            "sha1"
        };
        self.git
            .command(top)
            .changing()
            .words("init --quiet --template=")
            .arguments([format!("--object-format={format}")])
            .done()
            .await?;
        Ok(WorkTreePaths::at(top))
    }

    /// The remote's real address, so that a `git fetch` by hand works.
    async fn add_remote(&self, tree: &WorkTreePaths) -> Result<String, CapabilityError> {
        let command = self
            .in_tree(tree)
            .words("remote add --end-of-options origin");
        command.arguments([self.source.url.as_str()]).done().await?;
        Ok("origin".into())
    }

    /// Keeps the commit, and the one that the tree leaves, in the mirror.
    async fn keep(
        &self,
        tree: &WorkTreePaths,
        from: Option<&str>,
        refs: &mut Refs,
        notes: &mut Vec<String>,
    ) -> Result<(), CapabilityError> {
        let mut wanted = vec![self.commit.as_str()];
        wanted.extend(from.filter(|from| *from != self.commit.as_str()));
        let names: Vec<String> = wanted
            .iter()
            .flat_map(|id| [format!("{id}^{{commit}}"), kept(id)])
            .collect();
        let answers = self.git.objects.ids(self.mirror.command(), &names).await?;
        let mut lines = String::new();
        for (id, pair) in wanted.iter().zip(answers.chunks(2)) {
            match pair {
                [ObjectLookup::Is(_), ObjectLookup::Is(_)] => {}
                [ObjectLookup::Is(at), _] if at == id => {
                    lines += &format!("update {} {id}\n", kept(id))
                }
                _ => self.keep_own(tree, id, refs, notes).await?,
            }
        }
        refs.mirror.commit(&lines).await
    }

    /// Keeps a commit that only the tree has: made there by hand, or dropped by the remote since.
    async fn keep_own(
        &self,
        tree: &WorkTreePaths,
        id: &str,
        refs: &mut Refs,
        notes: &mut Vec<String>,
    ) -> Result<(), CapabilityError> {
        let wanted = id == self.commit.as_str();
        if wanted
            && commit_at(self.git, self.in_tree(tree), id)
                .await?
                .as_deref()
                != Some(id)
        {
            return Err(commit_missing(id, self.source, Some(self.path)));
        }
        if !wanted {
            let line = format!("update {} {id}\n", of_commit(id));
            refs.tree.commit(&line).await?;
            notes.push(format!(
                "commit {} of {} is in no branch of the remote and is kept: see deployhost status",
                short_commit(id),
                self.path
            ));
        }
        let pushed = self
            .in_tree(tree)
            .local()
            .words("push --quiet --no-verify --recurse-submodules=no")
            .words("--receive-pack=git-receive-pack --end-of-options")
            .arguments([self.mirror.folder().as_os_str()])
            .arguments([format!("+{id}:{}", kept(id))])
            .done()
            .await;
        match pushed {
            Err(error) if wanted => Err(error),
            Err(why) => {
                tracing::info!(%why, "a commit is kept in its tree alone: a shallow clone?");
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }

    /// Keeps what was changed by hand and would be put back.
    async fn keep_edits(
        &self,
        tree: &WorkTreePaths,
        setup: &Setup,
        from: &str,
        killed: Option<&PendingCheckout>,
        refs: &mut Refs,
        notes: &mut Vec<String>,
    ) -> Result<(), CapabilityError> {
        let interrupted = killed.map(|it| CommitId::parse(&it.commit)).transpose();
        let interrupted = interrupted.map_err(CapabilityError::invalid)?;
        let leaving = Leaving {
            git: self.git,
            tree,
            setup,
            from,
            interrupted: interrupted.as_ref(),
        };
        if let Some(kept) = leaving.keep_edits(&mut refs.tree).await? {
            let id = short_commit(&kept.id);
            notes.push(format!("kept as {id} {kept}; see deployhost status"));
        }
        Ok(())
    }

    /// Counts what a killed checkout of `to` may have written as tracked, so that the next one
    /// takes away what it does not have. What was tracked before stays so: the killed one may not
    /// have come to removing it.
    async fn adopt(&self, tree: &WorkTreePaths, to: &str) -> Result<(), CapabilityError> {
        let listing = self
            .in_tree(tree)
            .long()
            .words("ls-tree -r -z --full-tree --end-of-options")
            .arguments([to])
            .done()
            .await?;
        let command = self.in_tree(tree).words("update-index -z --index-info");
        command.input(listing.out).done().await.map(drop)
    }

    /// Brings the commit into the tree's own object store, and says in a ref that a move begins.
    async fn bring(
        &self,
        tree: &WorkTreePaths,
        from: Option<&str>,
        remote: Option<&str>,
        refs: &mut Refs,
    ) -> Result<(), CapabilityError> {
        match from {
            Some(from) => self.bring_from(tree, from, refs).await,
            None => self.bring_all(tree, remote).await,
        }
    }

    /// What the commit has that the tree's own has not, as one pack. Written by a git that reads the
    /// mirror as if it were the tree's: one program, where a fetch from folder to folder takes six.
    async fn bring_from(
        &self,
        tree: &WorkTreePaths,
        from: &str,
        refs: &mut Refs,
    ) -> Result<(), CapabilityError> {
        let mirror = self.mirror.objects();
        let pack = self
            .in_tree(tree)
            .objects_of(&[mirror])
            .words("pack-objects --quiet --revs --non-empty --delta-base-offset")
            .arguments([tree.objects().join("pack/pack")]);
        let wanted = format!("{}\n^{from}\n", self.commit);
        pack.input(wanted).done().await?;
        let begins = format!("update {BEGUN}{from} {}\n", self.commit);
        refs.tree.commit(&begins).await
    }

    /// Into a tree without a commit: branches and tags too.
    async fn bring_all(
        &self,
        tree: &WorkTreePaths,
        remote: Option<&str>,
    ) -> Result<(), CapabilityError> {
        let mut refs = vec![format!("+{}:{BEGUN}{NOTHING}", kept(self.commit.as_str()))];
        if let Some(remote) = remote {
            refs.push(format!("+refs/heads/*:refs/remotes/{remote}/*"));
            refs.push("+refs/tags/*:refs/tags/*".into());
        }
        self.in_tree(tree)
            .local()
            .words("fetch --quiet --no-tags --no-prune --no-write-fetch-head")
            .words("--no-recurse-submodules --upload-pack=git-upload-pack --end-of-options")
            .arguments([self.mirror.folder().as_os_str()])
            .arguments(refs)
            .done()
            .await
            .map(drop)
    }

    /// Files, index and branch. Returns what git said.
    async fn place_files(
        &self,
        tree: &WorkTreePaths,
        setup: &Setup,
        first: bool,
    ) -> Result<String, CapabilityError> {
        let commit = self.commit.as_str();
        // An id is hexadecimal digits, no option; and `reset` of git 2.39 takes
        // `--end-of-options` for a path.
        let command = setup.quiet(self.in_tree(tree));
        let command = match (first, self.seen_as) {
            (true, None) => command
                .words("checkout --quiet --force --detach")
                .arguments([commit]),
            (true, Some(branch)) => {
                let head = self.in_tree(tree).words("symbolic-ref HEAD");
                head.arguments([format!("refs/heads/{branch}")])
                    .done()
                    .await?;
                command.words("reset --quiet --hard").arguments([commit])
            }
            (false, _) => command.words("reset --quiet --hard").arguments([commit]),
        };
        Ok(command.done().await?.stderr)
    }

    /// What is written once the files are there: where the branch was seen, here and in the
    /// mirror, and that no move is under way any more. Returns why the tree does not follow the
    /// branch.
    async fn settle(
        &self,
        tree: &WorkTreePaths,
        begun: &BTreeSet<String>,
        first: bool,
        remote: Option<&str>,
        refs: &mut Refs,
    ) -> Result<Option<CapabilityError>, CapabilityError> {
        let ended: String = begun
            .iter()
            .map(|from| format!("delete {BEGUN}{from}\n"))
            .collect();
        let in_mirror = self.seen_as.map_or_else(String::new, |branch| {
            format!("update {} {}\n", seen(self.path, branch), self.commit)
        });
        let followed = self.seen_as.zip(remote).map(|(branch, remote)| {
            let of = format!("refs/remotes/{remote}/{branch}");
            (
                format!("{remote}/{branch}"),
                format!("{ended}update {of} {}\n", self.commit),
            )
        });
        let in_tree = async {
            let Some((upstream, lines)) = followed else {
                return refs.tree.commit(&ended).await.map(|()| None);
            };
            match refs.tree.commit(&lines).await {
                Ok(()) if first => {
                    let upstream = format!("--set-upstream-to={upstream}");
                    let command = self.in_tree(tree).words("branch --quiet");
                    Ok(command.arguments([upstream]).done().await.err())
                }
                Ok(()) => Ok(None),
                // A branch that took the place of another's folder: the move itself is done.
                Err(error) => refs.tree.commit(&ended).await.map(|()| Some(error)),
            }
        };
        let ((), untold) = tokio::try_join!(refs.mirror.commit(&in_mirror), in_tree)?;
        Ok(untold)
    }
}

/// The commit that a name stands for. None: there is none, as in a repository without a commit.
pub(super) async fn commit_at(
    git: &GitProgram,
    command: GitCommand,
    name: &str,
) -> Result<Option<String>, CapabilityError> {
    let names = [format!("{name}^{{commit}}")];
    let answers = git.objects.ids(command, &names).await?;
    Ok(answers.into_iter().next().and_then(ObjectLookup::ok))
}
