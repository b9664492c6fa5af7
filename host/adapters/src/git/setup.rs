//! What a work tree's own configuration says that matters here: its remotes, and the programs
//! that its filters would run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::GitProgram;
use super::problem::at_path;
use super::program::GitCommand;
use super::tree::WorkTreePaths;
use crate::file_stamp::FileStamp;
use deployhost_policy::git::remote::RemoteKind;
use deployhost_policy::lexical_path::lexical_path;
use deployhost_policy::{Diagnostic, Location};
use deployhost_runtime::capability::error::{CapabilityError, OfKind};
use deployhost_runtime::capability::git::Remote;

#[derive(Debug, Default)]
pub(super) struct Setup {
    /// Name and first URL.
    remotes: Vec<(String, String)>,
    /// Filters that name any program.
    filters: Vec<String>,
    /// Filters that would change what a checkout writes.
    smudging: Vec<String>,
    /// It has parts in files elsewhere.
    includes: bool,
}

/// What was read, by git folder, while its files stay the same.
#[derive(Default)]
pub(super) struct SetupCache(Mutex<BTreeMap<PathBuf, (Stamps, Arc<Setup>)>>);

/// Of the repository's `config` and the work tree's.
type Stamps = [Option<FileStamp>; 2];

impl SetupCache {
    fn get(&self, git_dir: &Path, stamps: &Stamps) -> Option<Arc<Setup>> {
        let cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (then, setup) = cached.get(git_dir)?;
        (then == stamps).then(|| Arc::clone(setup))
    }

    fn put(&self, git_dir: &Path, stamps: Stamps, setup: &Arc<Setup>) {
        let mut cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cached.insert(git_dir.to_owned(), (stamps, Arc::clone(setup)));
    }
}

/// Where a fetch really goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FetchSource {
    /// As git takes it, and what the mirror is named after.
    pub url: String,
    pub kind: RemoteKind,
}

impl Setup {
    /// As it is now: read again where git's files of it are others.
    pub async fn of(git: &GitProgram, tree: &WorkTreePaths) -> Result<Arc<Self>, CapabilityError> {
        let files = [
            tree.common.join("config"),
            tree.git_dir.join("config.worktree"),
        ];
        let stamps = files.map(|file| FileStamp::of(&file));
        if let Some(setup) = git.setups.get(&tree.git_dir, &stamps) {
            return Ok(setup);
        }
        let setup = Arc::new(Self::read(git, tree).await?);
        if !setup.includes {
            git.setups.put(&tree.git_dir, stamps, &setup);
        }
        Ok(setup)
    }

    async fn read(git: &GitProgram, tree: &WorkTreePaths) -> Result<Self, CapabilityError> {
        let finished = git
            .on(&tree.repository())
            .words("config -z --get-regexp")
            .arguments([r"^(remote\..*\.url|filter\..*|include(if)?\..*)$"])
            .done_or(1)
            .await?;
        let mut setup = Self::default();
        for entry in String::from_utf8_lossy(&finished.out).split('\0') {
            let (key, value) = entry.split_once('\n').unwrap_or((entry, ""));
            setup.includes |= key.starts_with("include");
            if let Some(name) = key
                .strip_prefix("remote.")
                .and_then(|rest| rest.strip_suffix(".url"))
            {
                if setup.url(name).is_none() {
                    setup.remotes.push((name.to_owned(), value.to_owned()));
                }
            } else if let Some((name, what)) = key
                .strip_prefix("filter.")
                .and_then(|rest| rest.rsplit_once('.'))
            {
                setup.filter(name, what, value);
            }
        }
        Ok(setup)
    }

    fn filter(&mut self, name: &str, what: &str, value: &str) {
        if value.is_empty() || !matches!(what, "clean" | "smudge" | "process") {
            return;
        }
        if !self.filters.iter().any(|known| known == name) {
            self.filters.push(name.to_owned());
        }
        if what != "clean" && value != "cat" && !self.smudging.iter().any(|known| known == name) {
            self.smudging.push(name.to_owned());
        }
    }

    fn url(&self, name: &str) -> Option<&str> {
        self.remotes
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, url)| url.as_str())
    }

    pub fn has_remotes(&self) -> bool {
        !self.remotes.is_empty()
    }

    /// The name under which the work tree knows this URL.
    pub fn name_of(&self, url: &str, top: &Path) -> Option<&str> {
        let same = |text: &str| source(text, top).is_ok_and(|source| source.url == url);
        self.remotes
            .iter()
            .find(|(_, text)| same(text))
            .map(|(name, _)| name.as_str())
    }

    /// Where this remote leads. `top`: the work tree's, which relative paths start from.
    pub fn source(&self, remote: &Remote, top: &Path) -> Result<FetchSource, CapabilityError> {
        if *remote.kind() != RemoteKind::Name {
            return source(remote.as_str(), top);
        }
        let name = remote.as_str();
        match self.url(name) {
            Some(url) => source(url, top).map_err(|error| {
                error.map(|why| {
                    why.of(format!(
                        "the remote `{name}` of {} cannot be used",
                        top.display()
                    ))
                })
            }),
            None if self.remotes.is_empty() => Err(CapabilityError::not_found(
                no_remote(name, format!("{} has none", top.display()))
                    .help("give a URL to clone from"),
            )),
            None => {
                let names: Vec<&str> = self.remotes.iter().map(|(name, _)| name.as_str()).collect();
                let has = format!("{} has {}", top.display(), names.join(", "));
                Err(CapabilityError::not_found(no_remote(name, has)))
            }
        }
    }

    /// Keeps the work tree's filters from running. A filter that is off leaves files as they are
    /// in the commit.
    pub fn quiet(&self, mut command: GitCommand) -> GitCommand {
        for name in &self.filters {
            for (what, value) in [
                ("clean", ""),
                ("smudge", ""),
                ("process", ""),
                ("required", "false"),
            ] {
                command = command.config(format!("filter.{name}.{what}"), value);
            }
        }
        command
    }

    /// Would this filter change what a checkout writes?
    pub fn smudges(&self, filter: &str) -> bool {
        self.smudging.iter().any(|name| name == filter)
    }

    /// A work tree whose files are made by a program cannot be moved truthfully without it.
    pub fn refuse_smudging(&self, top: &Path) -> Result<(), CapabilityError> {
        match self.smudging.first() {
            None => Ok(()),
            Some(name) => Err(at_path(
                "git.filter",
                format!(
                    "the git filter `{name}` would run a program at every checkout, \
                         which deployhost does not do"
                ),
                top,
            )
            .help(format!("git config --remove-section filter.{name}"))
            .parameter("filter", name.as_str())
            .invalid()),
        }
    }
}

fn no_remote(name: &str, has: String) -> Diagnostic {
    Diagnostic::new("git.remote-unknown", format!("there is no remote `{name}`"))
        .at(Location::named(has))
        .parameter("remote", name)
}

fn source(text: &str, top: &Path) -> Result<FetchSource, CapabilityError> {
    let remote = Remote::parse(text).map_err(CapabilityError::invalid)?;
    let here = |path: &Path| {
        let path = lexical_path(&top.join(path));
        FetchSource {
            url: path.display().to_string(),
            kind: RemoteKind::Local(path),
        }
    };
    Ok(match remote.kind() {
        RemoteKind::Local(path) | RemoteKind::Relative(path) => here(path),
        // What a configuration holds is a path where it is no URL.
        RemoteKind::Name => here(Path::new(text)),
        kind @ (RemoteKind::Web { .. } | RemoteKind::Ssh) => FetchSource {
            url: text.to_owned(),
            kind: kind.clone(),
        },
    })
}
