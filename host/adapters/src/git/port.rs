//! The port of the git capability, function by function.

use std::path::PathBuf;

use async_trait::async_trait;

use super::checkout::Checkout;
use super::mirror::{Mirror, holding, repository};
use super::setup::{FetchSource, Setup};
use super::tree::TreeState;
use super::{GitProgram, RepositoryState, conflict, object};
use deployhost_runtime::capability::git::{
    Allow, Auth, CHANGED, CommitId, Error, Obstacle, Path, Port, Ref, Remote, Resolved, TreePath,
    WorkTree,
};
use deployhost_runtime::capability::run::Commit;
use deployhost_runtime::redaction_scope::redact_in_scope;

/// A commit that is not there reads better by its id than in git's words.
fn absent(error: Error, commits: &[&CommitId], source: &FetchSource) -> Error {
    match error {
        Error::Other(why)
            if [
                "bad object",
                "Invalid revision",
                "bad revision",
                "not a tree",
            ]
            .iter()
            .any(|sign| why.contains(sign)) =>
        {
            let ids: Vec<&str> = commits.iter().map(|id| id.short()).collect();
            Error::NotFound(format!(
                "there is no commit {} — in what was fetched from {}",
                ids.join(" or "),
                source.url
            ))
        }
        error => error,
    }
}

#[async_trait]
impl Port for GitProgram {
    async fn head(&self, tree: &TreePath) -> Result<Option<WorkTree>, Error> {
        let TreeState::WorkTreePaths(tree) = self.place(tree).await? else {
            return Ok(None);
        };
        let names = ["HEAD^{commit}".to_owned()];
        let commit = object::contents(self.on(&tree.repository()), &names);
        let modified = async {
            let setup = Setup::of(self, &tree).await?;
            self.modified(&tree, &setup).await
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
            .arguments(["rev-parse", "--verify", "--quiet", "HEAD"])
            .run()
            .await?;
        match named.code {
            Some(0) => Err(Error::Other(format!(
                "the commit that HEAD names is not in the object store — {} — git fsck",
                tree.top.display()
            ))),
            _ => Ok(None),
        }
    }

    async fn fetch(&self, tree: &TreePath, remote: &Remote, auth: &Auth) -> Result<(), Error> {
        let site = self.site(tree, remote).await?;
        Mirror::of(self, &site.source).fetch(auth).await
    }

    async fn resolve(
        &self,
        tree: &TreePath,
        remote: &Remote,
        reference: &Ref,
    ) -> Result<Resolved, Error> {
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
    ) -> Result<Vec<Commit>, Error> {
        let site = self.site(tree, remote).await?;
        let mirror = Mirror::of(self, &site.source).made()?;
        let listed = site
            .reading(&mirror)
            .long()
            .arguments(["log", "-z", "--no-mailmap", "--format=%H%x00%s%x00%an"])
            .arguments([
                format!("--max-count={max}"),
                "--end-of-options".into(),
                to.to_string(),
            ])
            .arguments(base.map(|base| format!("^{base}")))
            .done()
            .await
            .map_err(|error| absent(error, &[&[to], base.as_slice()].concat(), &site.source))?;
        let text = String::from_utf8_lossy(&listed.out).into_owned();
        let fields: Vec<&str> = text
            .strip_suffix('\0')
            .unwrap_or(&text)
            .split('\0')
            .collect();
        let read = |fields: &[&str]| match fields {
            [id, subject, author] => Some(Commit {
                id: (*id).to_owned(),
                subject: redact_in_scope(subject, 1024),
                author: redact_in_scope(author, 1024),
            }),
            _ => None,
        };
        Ok(fields.chunks(3).filter_map(read).collect())
    }

    async fn changed(
        &self,
        tree: &TreePath,
        remote: &Remote,
        base: &CommitId,
        to: &CommitId,
    ) -> Result<Vec<String>, Error> {
        let site = self.site(tree, remote).await?;
        let mirror = Mirror::of(self, &site.source).made()?;
        let listed = site
            .reading(&mirror)
            .long()
            .arguments([
                "diff-tree",
                "-r",
                "-z",
                "--name-only",
                "--no-renames",
                "--end-of-options",
            ])
            .arguments([base.as_str(), to.as_str()])
            .done()
            .await
            .map_err(|error| absent(error, &[base, to], &site.source))?;
        let paths = listed
            .out
            .split(|b| *b == 0)
            .filter(|path| !path.is_empty());
        Ok(paths
            .take(CHANGED)
            .map(|path| String::from_utf8_lossy(path).into_owned())
            .collect())
    }

    async fn fingerprint(
        &self,
        tree: &TreePath,
        commit: &CommitId,
        path: &Path,
    ) -> Result<Option<String>, Error> {
        let place = self.place(tree).await?;
        let mirrors = holding(&self.mirrors(), commit);
        let objects: Vec<PathBuf> = mirrors
            .iter()
            .map(|mirror| mirror.join("objects"))
            .collect();
        let nowhere = || {
            Error::NotFound(format!(
                "there is no commit {commit} — in {tree}, or fetched for it"
            ))
        };
        let command = match (&place, mirrors.first()) {
            (TreeState::WorkTreePaths(tree), _) => self.on(&tree.repository()),
            (_, Some(mirror)) => self.on(&repository(mirror)),
            (_, None) => return Err(nowhere()),
        };
        let command = command.objects_of(&objects);
        if path.is_whole_tree() {
            let whole = object::ids(command, &[format!("{commit}^{{tree}}")]).await?;
            let id = whole
                .into_iter()
                .next()
                .and_then(object::ObjectLookup::ok)
                .ok_or_else(nowhere)?;
            return Ok(Some(format!("040000 {id}")));
        }
        let finished = command
            .arguments([
                "ls-tree",
                "-z",
                "--full-tree",
                "--end-of-options",
                commit.as_str(),
                path.as_str(),
            ])
            .run()
            .await?;
        if finished.code != Some(0) {
            return Err(nowhere());
        }
        // `<mode> <type> <id>\t<path>`
        let text = String::from_utf8_lossy(&finished.out).into_owned();
        let mut words = text.split(['\t', ' ']);
        Ok(match (words.next(), words.next(), words.next()) {
            (Some(mode), Some(_), Some(id)) => Some(format!("{mode} {id}")),
            _ => None,
        })
    }

    async fn obstacles(
        &self,
        tree: &TreePath,
        remote: &Remote,
        commit: &CommitId,
        allow: Allow,
    ) -> Result<Vec<Obstacle>, Error> {
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

    async fn move_to(
        &self,
        tree: &TreePath,
        remote: &Remote,
        commit: &CommitId,
        seen_as: Option<&Ref>,
    ) -> Result<Vec<String>, Error> {
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
        checkout.run(place, setup).await
    }
}
