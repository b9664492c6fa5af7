//! Which Compose: the plugin of Docker's command line (2 and later), or `docker-compose` (1).
//!
//! The two name images differently and hash differently, so that one would recreate all that the
//! other made. What made the containers goes on making them.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::Duration;

use super::OUTPUT;
use crate::child::{Child, Finished};

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

/// Every Compose that is here, newer kinds first.
///
/// A plugin that this user installed lies in the home folder, which children do not get to see:
/// it is called by its path, which it also answers to.
pub async fn find(
    environment: &[(OsString, OsString)],
    folder: &Path,
    home: Option<&OsStr>,
) -> Vec<Program> {
    let own = home.map(|home| Path::new(home).join(".docker/cli-plugins/docker-compose"));
    let mut commands: Vec<Vec<OsString>> = Vec::new();
    commands.extend(
        own.filter(|path| path.is_file())
            .map(|path| vec![path.into()]),
    );
    commands.push(vec!["docker".into(), "compose".into()]);
    commands.push(vec!["docker-compose".into()]);
    let asked = commands
        .into_iter()
        .map(|command| version(command, environment, folder));
    let mut found: Vec<Program> = futures_util::future::join_all(asked)
        .await
        .into_iter()
        .flatten()
        .collect();
    found.sort_by_key(Program::first);
    found
}

async fn version(
    command: Vec<OsString>,
    environment: &[(OsString, OsString)],
    folder: &Path,
) -> Option<Program> {
    let asked = ["version", "--short"].map(OsString::from);
    let child = Child {
        command: command.iter().cloned().chain(asked).collect(),
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
    // Docker without the plugin answers a word that it does not know with its own help.
    let numbered = version.starts_with(|c: char| c.is_ascii_digit()) && version.contains('.');
    let version = version.to_owned();
    (numbered && version.len() < 60).then_some(Program { command, version })
}

/// The one for a project whose newest container was made by `made_by`.
pub fn choose<'a>(found: &'a [Program], made_by: Option<&str>) -> Option<&'a Program> {
    let first = made_by.is_some_and(|version| version.starts_with("1."));
    let same = found.iter().find(|program| program.first() == first);
    same.or(found.first())
}

#[cfg(test)]
mod tests;
