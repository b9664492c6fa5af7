//! The port to git, for one tree: what this step needs of it.

use deployhost_plugin::Commit;
use deployhost_plugin::git::{self, Error, Obstacle, Resolved, WorkTree};

use crate::Config;

/// One work tree and the mirror behind it. Everything reads or fills the mirror but `move_to`
/// and `bring_back`, which change the tree.
pub trait Repository {
    fn head(&self) -> Result<Option<WorkTree>, Error>;
    fn fetch(&self, remote: &str) -> Result<(), Error>;
    /// As of the last fetch.
    fn resolve(&self, remote: &str, name: &str) -> Result<Resolved, Error>;
    fn log(
        &self,
        remote: &str,
        base: Option<&str>,
        to: &str,
        max: u32,
    ) -> Result<Vec<Commit>, Error>;
    fn changed(&self, remote: &str, base: &str, to: &str) -> Result<Vec<String>, Error>;
    fn obstacles(&self, remote: &str, commit: &str) -> Result<Vec<Obstacle>, Error>;
    fn move_to(&self, remote: &str, commit: &str, seen_as: Option<&str>) -> Result<(), Error>;
    /// What differed from the commit when it was left last.
    fn bring_back(&self, commit: &str) -> Result<(), Error>;
}

/// The granted repository, through the host.
pub struct HostRepository<'a>(&'a Config);

impl<'a> HostRepository<'a> {
    pub fn of(config: &'a Config) -> Self {
        Self(config)
    }
}

impl Repository for HostRepository<'_> {
    fn head(&self) -> Result<Option<WorkTree>, Error> {
        git::head(&self.0.tree)
    }

    fn fetch(&self, remote: &str) -> Result<(), Error> {
        git::fetch(&self.0.tree, remote)
    }

    fn resolve(&self, remote: &str, name: &str) -> Result<Resolved, Error> {
        git::resolve(&self.0.tree, remote, name)
    }

    fn log(
        &self,
        remote: &str,
        base: Option<&str>,
        to: &str,
        max: u32,
    ) -> Result<Vec<Commit>, Error> {
        git::log(&self.0.tree, remote, base, to, max)
    }

    fn changed(&self, remote: &str, base: &str, to: &str) -> Result<Vec<String>, Error> {
        git::changed(&self.0.tree, remote, base, to)
    }

    fn obstacles(&self, remote: &str, commit: &str) -> Result<Vec<Obstacle>, Error> {
        let Config {
            tree,
            allow_symlinks,
            allow_submodules,
            ..
        } = self.0;
        git::obstacles(tree, remote, commit, *allow_symlinks, *allow_submodules)
    }

    fn move_to(&self, remote: &str, commit: &str, seen_as: Option<&str>) -> Result<(), Error> {
        git::move_to(&self.0.tree, remote, commit, seen_as)
    }

    fn bring_back(&self, commit: &str) -> Result<(), Error> {
        git::bring_back(&self.0.tree, commit)
    }
}
