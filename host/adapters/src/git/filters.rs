//! Files of a commit that git hands to a program when it writes them, such as Git LFS: without it,
//! what lies there is a pointer and not the file.
//!
//! Owns which of a commit's files those are. The programs are never run.

use super::GitProgram;
use super::conflict::MOST;
use super::listing::words;
use super::mirror::Mirror;
use super::object::ObjectLookup;
use super::problem::refused_by_system;
use super::setup::Setup;
use deployhost_runtime::capability::error::CapabilityError;
use deployhost_runtime::capability::git::{CommitId, Obstacle};

/// A filter that no repository's configuration has to name: people install it for their user.
const LFS: &str = "lfs";

/// A commit, and what it lists: paths, and the ids of its files of attributes.
pub(super) struct ListedCommit<'a> {
    pub mirror: &'a Mirror<'a>,
    pub commit: &'a CommitId,
    pub paths: Vec<&'a [u8]>,
    pub attributes: Vec<String>,
}

impl ListedCommit<'_> {
    /// Files that would not be what they are meant to be.
    pub async fn filtered(
        &self,
        git: &GitProgram,
        setup: &Setup,
    ) -> Result<Vec<Obstacle>, CapabilityError> {
        if !self.names_filters(git).await? {
            return Ok(Vec::new());
        }
        let folder = tempfile::tempdir_in(&git.state).map_err(|error| {
            let what = "no folder for an index";
            refused_by_system("git.index-unwritten", what, &git.state, error)
        })?;
        let index = folder.path().join("index");
        let on_index = || self.mirror.command().variable("GIT_INDEX_FILE", &index);
        let read = on_index().words("read-tree");
        read.arguments([self.commit.as_str()]).done().await?;
        let ask = on_index()
            .long()
            .words("check-attr --cached -z --stdin filter");
        let mut names = self.paths.join(&0);
        names.push(0);
        let told = ask.input(names).done().await?.out;
        let told: Vec<&[u8]> = words(&told).collect();
        let made = told.chunks(3).filter_map(|one| match one {
            [path, _, name] => {
                let name = String::from_utf8_lossy(name);
                (name == LFS || setup.smudges(&name)).then(|| Obstacle {
                    path: String::from_utf8_lossy(path).into_owned(),
                    kind: "filter".into(),
                    detail: format!("made by `{name}`"),
                })
            }
            _ => None,
        });
        Ok(made.take(MOST).collect())
    }

    async fn names_filters(&self, git: &GitProgram) -> Result<bool, CapabilityError> {
        if self.attributes.is_empty() {
            return Ok(false);
        }
        let command = self.mirror.command();
        let files = git.objects.contents(command, &self.attributes).await?;
        let mut files = files.into_iter().filter_map(ObjectLookup::ok);
        let named = b"filter=";
        Ok(files.any(|file| file.content.windows(named.len()).any(|it| it == named)))
    }
}
