//! What stands in the tree, what is wanted there, and what lies between: read, changing nothing but
//! the mirror.

use deployhost_plugin::git::{Error, Resolved, WorkTree};
use deployhost_plugin::{Commit, Diagnostic, Failure, log, progress};

use crate::Config;
use crate::repository::Repository;

/// More new commits than this are "more than 100".
pub const COUNTED: u32 = 100;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// None: there is no tree yet.
    pub head: Option<WorkTree>,
    pub next: Commit,
    /// Where commits come from for now: while the tree is missing, where it is cloned from.
    pub source: String,
    pub reason: Reason,
    /// Files differed from `next` when it was found, and are to again.
    pub edited: bool,
    /// Reachable from `next` and not from `head`, newest first, at most one more than [`COUNTED`].
    /// None: what stands there is not known to the remote.
    pub new: Option<Vec<Commit>>,
    /// Paths that differ between `head` and `next`. None: unknown, so any may.
    pub changed: Option<Vec<String>>,
}

/// At the end of a pin: what differed from the commit belongs to it.
const EDITED: &str = "+edits";

/// A pin begins with the commit.
pub fn pin(commit: &str, edited: bool) -> String {
    let edited = if edited { EDITED } else { "" };
    format!("{commit}{edited}")
}

/// Why `next` is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    Branch,
    Tag,
    Commit,
    /// It was deployed before, here or elsewhere.
    Pinned,
}

impl Survey {
    /// Looks. With a pin the remote is needed only where the mirror lacks that commit, so that the
    /// way back needs no network.
    pub fn take(
        repository: &impl Repository,
        config: &Config,
        pin: Option<&str>,
    ) -> Result<Self, Failure> {
        let head = repository
            .head()
            .map_err(|error| Failure::from(error).while_doing(&config.tree))?;
        let source = source(config, head.is_some())?;
        let edited = pin.is_some_and(|pin| pin.ends_with(EDITED));
        let (next, reason) = match pin.map(|pin| pin.strip_suffix(EDITED).unwrap_or(pin)) {
            Some(pin) => (pinned(repository, source, pin)?, Reason::Pinned),
            None => wanted(repository, source, config)?,
        };
        let (new, changed) = between(repository, source, head.as_ref(), &next);
        Ok(Self {
            head,
            next,
            source: source.to_owned(),
            reason,
            edited,
            new,
            changed,
        })
    }

    /// The tree stands at another commit, or nowhere.
    pub fn moves(&self) -> bool {
        self.head
            .as_ref()
            .is_none_or(|head| head.commit.id != self.next.id)
    }

    /// Tracked files that `next` would put back.
    pub fn modified(&self) -> &[String] {
        match &self.head {
            Some(head) if !self.edited || self.moves() => &head.modified,
            _ => &[],
        }
    }

    /// What differed from `next` has to come back: it was found so, and does no more.
    pub fn brings_back(&self) -> bool {
        let differs = |head: &WorkTree| !head.modified.is_empty();
        self.edited && (self.moves() || !self.head.as_ref().is_some_and(differs))
    }

    pub fn nothing_to_do(&self) -> bool {
        !self.moves() && self.modified().is_empty() && !self.brings_back()
    }

    /// The pin of what the tree holds then.
    pub fn pin(&self) -> String {
        pin(&self.next.id, self.edited)
    }
}

fn source(config: &Config, tree_is_there: bool) -> Result<&str, Failure> {
    if tree_is_there {
        return Ok(&config.remote);
    }
    match &config.url {
        Some(url) => Ok(url),
        None if config.remote.contains(['/', ':']) => Ok(&config.remote),
        None => {
            let message = format!(
                "there is no work tree at {}, and no `url` to clone it from: `{}` is a remote of that tree",
                config.tree, config.remote
            );
            Err(Failure::config("git-sync.clone-source-missing", message)
                .parameter("tree", &config.tree)
                .parameter("remote", &config.remote))
        }
    }
}

fn wanted(
    repository: &impl Repository,
    source: &str,
    config: &Config,
) -> Result<(Commit, Reason), Failure> {
    fetch(repository, source)?;
    let found = repository
        .resolve(source, &config.wanted)
        .map_err(|error| Failure::from(error).while_doing(format!("ref `{}`", config.wanted)))?;
    let reason = match found.kind.as_str() {
        "branch" => Reason::Branch,
        "tag" => Reason::Tag,
        _ => Reason::Commit,
    };
    if let (Reason::Branch, false, Some(before)) =
        (reason, config.allow_rewritten, &found.rewritten_from)
    {
        return Err(rewritten(&config.wanted, before, &found));
    }
    Ok((found.commit, reason))
}

fn rewritten(branch: &str, before: &str, now: &Resolved) -> Failure {
    let message = format!(
        "branch `{branch}` was rewritten: it was at {}, which is not in the history of {}, where it is \
         now; if that was meant, set `allow_rewritten = true` or give the commit itself as `ref`",
        before.get(..7).unwrap_or(before),
        now.commit.short()
    );
    Failure::permanent("git-sync.branch-rewritten", message)
        .parameter("branch", branch)
        .parameter("before", before)
        .parameter("commit", &now.commit.id)
}

/// A pin that neither the mirror nor the remote has any more is unavailable.
fn pinned(repository: &impl Repository, source: &str, pin: &str) -> Result<Commit, Failure> {
    let mut found = repository.resolve(source, pin);
    if let Err(Error::NotFound(_)) = found {
        fetch(repository, source)?;
        found = repository.resolve(source, pin);
    }
    let failure = match found {
        Ok(found) => return Ok(found.commit),
        Err(Error::NotFound(diagnostic)) => Failure::Unavailable(Diagnostic {
            code: "git-sync.commit-unavailable".to_owned(),
            ..diagnostic
        }),
        Err(error) => Failure::from(error),
    };
    Err(failure
        .while_doing(format!("commit {pin}"))
        .parameter("commit", pin))
}

fn fetch(repository: &impl Repository, source: &str) -> Result<(), Failure> {
    progress::report(0, 0, &format!("fetching {source}"));
    repository
        .fetch(source)
        .map_err(|error| Failure::from(error).while_doing(format!("fetching {source}")))
}

/// What lies between is for people and for later steps, but nothing rests on it: where it cannot be
/// found out (a local commit that was never pushed), it is unknown, which is no failure.
fn between(
    repository: &impl Repository,
    source: &str,
    head: Option<&WorkTree>,
    next: &Commit,
) -> (Option<Vec<Commit>>, Option<Vec<String>>) {
    let unknown = |what: &str, error: Error| {
        log::warn(&format!("{what}: {}", error.diagnostic()));
    };
    match head {
        Some(head) if head.commit.id == next.id => (Some(Vec::new()), Some(Vec::new())),
        Some(head) => {
            let base = head.commit.id.as_str();
            (
                repository
                    .log(source, Some(base), &next.id, COUNTED + 1)
                    .map_err(|error| unknown("new commits are unknown", error))
                    .ok(),
                repository
                    .changed(source, base, &next.id)
                    .map_err(|error| unknown("changed paths are unknown", error))
                    .ok(),
            )
        }
        None => (
            repository
                .log(source, None, &next.id, COUNTED + 1)
                .map_err(|error| unknown("commits are unknown", error))
                .ok(),
            None,
        ),
    }
}
