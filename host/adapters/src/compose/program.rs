//! Which Compose: the plugin of Docker's command line (2 and later), or `docker-compose` (1).
//!
//! The two name images differently and hash differently, so that one would recreate all that the
//! other made. What made the containers goes on making them.

use std::ffi::{OsStr, OsString};
use std::iter;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::OUTPUT;
use crate::child::{Child, Finished, find_program};

/// How long a program may take to say its version.
const WITHIN: Duration = Duration::from_secs(20);

/// A Compose that is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// What comes before its arguments.
    pub command: Vec<OsString>,
    pub version: String,
}

impl Program {
    /// `docker-compose` in Python, which is another program than its successors.
    pub fn first(&self) -> bool {
        self.version.starts_with("1.")
    }
}

/// Where Docker's command line looks for its plugins, after the user's own folder.
const PLUGINS: [&str; 4] = [
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
];

/// The folders of Docker's plugins, for a user with this home.
pub fn plugin_folders(home: Option<&OsStr>) -> Vec<PathBuf> {
    let own = home.map(|home| Path::new(home).join(".docker/cli-plugins"));
    own.into_iter().chain(PLUGINS.map(PathBuf::from)).collect()
}

/// Every file that may be a Compose, newer kinds first.
///
/// A plugin answers to its path too, which saves a process, and it is found so in the home folder,
/// which children do not get to see.
pub fn candidates(plugins: &[PathBuf], path: &OsStr) -> Vec<PathBuf> {
    let plugins = plugins.iter().map(|folder| folder.join("docker-compose"));
    let standalone = find_program(OsStr::new("docker-compose"), path);
    let mut found: Vec<PathBuf> = plugins.filter(|it| it.is_file()).collect();
    found.extend(standalone.filter(|it| !found.contains(it)));
    found
}

/// None: it is no Compose.
pub async fn version(
    program: &Path,
    environment: &[(OsString, OsString)],
    folder: &Path,
) -> Option<String> {
    let words = ["version", "--short"].map(OsString::from);
    let child = Child {
        command: iter::once(program.into()).chain(words).collect(),
        environment: environment.to_vec(),
        folder: folder.to_owned(),
        input: Vec::new(),
        deadline: WITHIN,
        most: OUTPUT,
        changes: false,
    };
    let ended = child.run().await.ok().filter(Finished::success)?;
    let text = String::from_utf8_lossy(&ended.out);
    let version = text.trim().trim_start_matches('v');
    let numbered = version.starts_with(|c: char| c.is_ascii_digit()) && version.contains('.');
    (numbered && version.len() < 60).then(|| version.to_owned())
}

/// Is this Compose of the kind that made a project's newest container?
pub fn goes_on_with(program: &Program, made_by: Option<&str>) -> bool {
    program.first() == made_by.is_some_and(|version| version.starts_with("1."))
}

#[cfg(test)]
mod tests;
