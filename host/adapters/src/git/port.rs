//! The port of the git capability, function by function.

use async_trait::async_trait;

use super::checkout::Checkout;
use super::listing::words;
use super::mirror::{Mirror, holding};
use super::problem::{at_path, commit_missing};
use super::program::OBJECT_MISSING;
use super::setup::{FetchSource, Setup};
use super::tree::TreeState;
use super::{GitProgram, RepositoryState, conflict, object, signature};
use deployhost_policy::{Diagnostic, Location};
use deployhost_runtime::capability::error::{CapabilityError, OfKind};
use deployhost_runtime::capability::git::{
    Allow, Auth, CHANGED, CommitId, Obstacle, Path, Port, Ref, Remote, Resolved, Signature,
    TreePath, WorkTree,
};
use deployhost_runtime::capability::run::Commit;
use deployhost_runtime::redaction_scope::redact_in_scope;

/// Most modified files that are told.
const MODIFIED: usize = 100;

/// A commit that is not there reads better by its id than in git's words.
fn absent(error: CapabilityError, commits: &[&CommitId], source: &FetchSource) -> CapabilityError {
    if error.diagnostic.code.as_str() != OBJECT_MISSING {
        return error;
    }
    let ids: Vec<&str> = commits.iter().map(|id| id.short()).collect();
    commit_missing(&ids.join(" or "), source, None)
}

#[async_trait]
impl Port for GitProgram {
    async fn head(&self, tree: &TreePath) -> Result<Option<WorkTree>, CapabilityError> {
        let TreeState::WorkTreePaths(tree) = self.place(tree).await? else {
            return Ok(None);
        };
        let names = ["HEAD^{commit}".to_owned()];
        let commit = self.objects.contents(self.on(&tree.repository()), &names);
        let modified = async {
            let setup = Setup::of(self, &tree).await?;
            let edits = self.edits(&tree, &setup).await?;
            self.seen_edits.put(&tree.git_dir, &edits);
            let names = edits.iter().take(MODIFIED);
            Ok::<Vec<_>, CapabilityError>(
                names.map(|it| it.to_string_lossy().into_owned()).collect(),
            )
        };
        let (commit, modified) = tokio::join!(commit, modified);
        if let Some(at) = commit?
            .into_iter()
            .next()
            .and_then(object::ObjectLookup::ok)
        {
            return Ok(Some(WorkTree {
                commit: at.commit(),
                modified: modified?,
            }));
        }
        let command = self.on(&tree.repository());
        let named = command
            .words("rev-parse --verify --quiet HEAD")
            .run()
            .await?;
        match named.code {
            Some(0) => Err(at_path(
                "git.head-missing",
                "the commit that HEAD names is not in the object store",
                &tree.top,
            )
            .help("git fsck")
            .other()),
            _ => Ok(None),
        }
    }

    async fn fetch(
        &self,
        tree: &TreePath,
        remote: &Remote,
        auth: &Auth,
    ) -> Result<(), CapabilityError> {
        let site = self.site(tree, remote).await?;
        Mirror::of(self, &site.source).fetch(auth, tree).await
    }

    async fn resolve(
        &self,
        tree: &TreePath,
        remote: &Remote,
        reference: &Ref,
    ) -> Result<Resolved, CapabilityError> {
        let site = self.site(tree, remote).await?;
        Mirror::of(self, &site.source)
            .made()?
            .resolve(tree, reference)
            .await
    }

    async fn log(
        &self,
        tree: &TreePath,
        remote: &Remote,
        base: Option<&CommitId>,
        to: &CommitId,
        max: u32,
    ) -> Result<Vec<Commit>, CapabilityError> {
        let site = self.site(tree, remote).await?;
        let mirror = Mirror::of(self, &site.source).made()?;
        let log = site
            .reading(&mirror)
            .long()
            .words("log -z --no-mailmap --format=%H%x00%s%x00%an%x00%ct")
            .arguments([
                format!("--max-count={max}"),
                "--end-of-options".into(),
                to.to_string(),
            ])
            .arguments(base.map(|base| format!("^{base}")));
        let listed = self
            .answers
            .done(log)
            .await
            .map_err(|error| absent(error, &[&[to], base.as_slice()].concat(), &site.source))?;
        let text = String::from_utf8_lossy(&listed.out).into_owned();
        let fields: Vec<&str> = text
            .strip_suffix('\0')
            .unwrap_or(&text)
            .split('\0')
            .collect();
        let read = |fields: &[&str]| match fields {
            [id, subject, author, seconds] => Some(Commit {
                id: (*id).to_owned(),
                subject: redact_in_scope(subject, 1024),
                author: redact_in_scope(author, 1024),
                at: seconds
                    .parse::<u64>()
                    .ok()
                    .and_then(|seconds| seconds.checked_mul(1000)),
            }),
            _ => None,
        };
        Ok(fields.chunks(4).filter_map(read).collect())
    }

    async fn changed(
        &self,
        tree: &TreePath,
        remote: &Remote,
        base: &CommitId,
        to: &CommitId,
    ) -> Result<Vec<String>, CapabilityError> {
        let site = self.site(tree, remote).await?;
        let mirror = Mirror::of(self, &site.source).made()?;
        let differ = site
            .reading(&mirror)
            .long()
            .words("diff-tree -r -z --name-only --no-renames --end-of-options")
            .arguments([base.as_str(), to.as_str()]);
        let listed = self
            .answers
            .done(differ)
            .await
            .map_err(|error| absent(error, &[base, to], &site.source))?;
        Ok(words(&listed.out)
            .take(CHANGED)
            .map(|path| String::from_utf8_lossy(path).into_owned())
            .collect())
    }

    async fn fingerprint(
        &self,
        tree: &TreePath,
        commit: &CommitId,
        path: &Path,
    ) -> Result<Option<String>, CapabilityError> {
        let mut places = Vec::new();
        if let TreeState::WorkTreePaths(tree) = self.place(tree).await? {
            places.push(self.on(&tree.repository()));
        }
        let mirrors = holding(&self.mirrors(), commit);
        places.extend(mirrors.iter().map(|folder| self.on_mirror(folder)));
        let (folder, name) = path.parent_and_name();
        let names = [format!("{commit}^{{commit}}"), format!("{commit}:{folder}")];
        for place in places {
            let found = self.objects.contents(place, &names).await?;
            let mut found = found.into_iter().map(object::ObjectLookup::ok);
            if let (Some(Some(_)), Some(folder)) = (found.next(), found.next()) {
                return Ok(match path.is_whole_tree() {
                    true => folder.map(|tree| format!("040000 {}", tree.id)),
                    false => folder.and_then(|folder| folder.entry(name)),
                });
            }
        }
        let missing = format!("there is no commit {commit}");
        Err(Diagnostic::new("git.commit-missing", missing)
            .at(Location::named(format!("in {tree}, or fetched for it")))
            .parameter("commit", commit.as_str())
            .parameter("tree", tree.to_string())
            .not_found())
    }

    async fn obstacles(
        &self,
        tree: &TreePath,
        remote: &Remote,
        commit: &CommitId,
        allow: Allow,
    ) -> Result<Vec<Obstacle>, CapabilityError> {
        let RepositoryState {
            place,
            setup,
            source,
        } = self.site(tree, remote).await?;
        let mirror = Mirror::of(self, &source).made()?;
        conflict::of(self, tree.as_path(), place, &setup, &mirror, commit, allow)
            .await
            .map_err(|error| absent(error, &[commit], &source))
    }

    async fn verify(
        &self,
        tree: &TreePath,
        remote: &Remote,
        commit: &CommitId,
        signers: &str,
    ) -> Result<Signature, CapabilityError> {
        let site = self.site(tree, remote).await?;
        let mirror = Mirror::of(self, &site.source).made()?;
        let names = [format!("{commit}^{{commit}}")];
        let object = self
            .objects
            .contents(site.reading(&mirror), &names)
            .await?
            .into_iter()
            .next()
            .and_then(object::ObjectLookup::ok)
            .ok_or_else(|| commit_missing(commit.short(), &site.source, None))?;
        let git = site.reading(&mirror);
        signature::verify(git, &self.home(), commit, &object, signers).await
    }

    async fn bring_back(&self, tree: &TreePath, commit: &CommitId) -> Result<(), CapabilityError> {
        self.bring_edits_back(tree, commit).await
    }

    async fn move_to(
        &self,
        tree: &TreePath,
        remote: &Remote,
        commit: &CommitId,
        seen_as: Option<&Ref>,
    ) -> Result<Vec<String>, CapabilityError> {
        let RepositoryState {
            place,
            setup,
            source,
        } = self.site(tree, remote).await?;
        let mirror = Mirror::of(self, &source).made()?;
        let checkout = Checkout {
            git: self,
            path: tree,
            mirror,
            source: &source,
            commit,
            seen_as,
        };
        checkout.run(place, &setup).await
    }
}
