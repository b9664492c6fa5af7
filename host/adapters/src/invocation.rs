//! Who and what started this process: a person at a terminal, or a job of GitHub Actions.
//!
//! What GitHub says about itself is text that others wrote: it is read within bounds, checked, and
//! only ever shown. Whatever is wrong with it is a warning, and the run goes on without it.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use serde::Deserialize;

use super::bounded_file::{self, BoundedFileError};
use deployhost_policy::text::{cut, sanitize};
use deployhost_policy::{Diagnostic, Location};
use deployhost_runtime::capability::run::Commit;

/// GitHub's own limit for the payload of an event.
const LARGEST: usize = 25 * 1024 * 1024;
/// Longest name or line that is taken over, in bytes.
const LONGEST: usize = 1024;

/// Who and what started this process.
#[derive(Debug, Clone, Default)]
pub struct Invocation {
    pub actor: Option<String>,
    /// The commit that a job is about. A person at a terminal has none.
    pub commit: Option<Commit>,
    /// What could not be read of it.
    pub warnings: Vec<Diagnostic>,
}

/// Whether this process is a step of a job of GitHub Actions.
pub fn on_github(variable: impl Fn(&str) -> Option<OsString>) -> bool {
    variable("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

impl Invocation {
    /// `Invocation::read(|name| std::env::var_os(name))`, outside of tests.
    pub fn read(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        if on_github(&variable) {
            return Self::of_job(variable);
        }
        let names = ["SUDO_USER", "USER", "LOGNAME"];
        Self {
            actor: names.iter().find_map(|name| text(variable(name))),
            ..Self::default()
        }
    }

    fn of_job(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let mut warnings = Vec::new();
        let id = text(variable("GITHUB_SHA")).filter(|id| {
            let is = is_commit(id);
            if !is {
                let message = "GITHUB_SHA is no commit id";
                warnings.push(Diagnostic::new("github.sha", message));
            }
            is
        });
        let told = match variable("GITHUB_EVENT_PATH") {
            Some(path) => head_commit(Path::new(&path)).unwrap_or_else(|why| {
                warnings.push(why.into());
                None
            }),
            None => {
                let message = "this job names no event";
                let place = Location::named("GITHUB_EVENT_PATH");
                warnings.push(Diagnostic::new("github.no-event", message).at(place));
                None
            }
        };
        // An event that was started by hand has no commit of its own; one about another commit than
        // the job's says nothing about the job's.
        let commit = id.map(|id| match told {
            Some(told) if told.id == id => told,
            _ => Commit {
                id,
                subject: String::new(),
                author: String::new(),
                at: None,
            },
        });
        Self {
            actor: text(variable("GITHUB_ACTOR")),
            commit,
            warnings,
        }
    }
}

/// What is read of an event: the push's newest commit.
#[derive(Deserialize)]
struct GithubEvent {
    head_commit: Option<HeadCommit>,
}

#[derive(Deserialize)]
struct HeadCommit {
    id: String,
    #[serde(default)]
    message: String,
    author: Option<Author>,
}

#[derive(Deserialize)]
struct Author {
    #[serde(default)]
    name: String,
}

/// An event that says nothing. Each goes on from "the event of this job".
#[derive(Debug, thiserror::Error)]
enum EventError {
    #[error("cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    #[error("is not in a regular file")]
    NotAFile,
    #[error("is larger than 25 MiB, which GitHub does not send")]
    TooLarge,
    #[error("cannot be understood: {0}")]
    Malformed(#[from] serde_json::Error),
}

impl From<BoundedFileError> for EventError {
    fn from(error: BoundedFileError) -> Self {
        match error {
            BoundedFileError::Io(error) => Self::Unreadable(error),
            BoundedFileError::Symlink | BoundedFileError::NotAFile => Self::NotAFile,
            BoundedFileError::TooLarge { .. } => Self::TooLarge,
        }
    }
}

impl From<EventError> for Diagnostic {
    fn from(error: EventError) -> Self {
        let code = match error {
            EventError::Unreadable(_) => "github.event-unreadable",
            EventError::NotAFile => "github.event-not-a-file",
            EventError::TooLarge => "github.event-too-large",
            EventError::Malformed(_) => "github.event-malformed",
        };
        Self::new(code, format!("the event of this job {error}"))
            .at(Location::named("GITHUB_EVENT_PATH"))
    }
}

/// The newest commit of a push; none: the event is of another kind.
fn head_commit(path: &Path) -> Result<Option<Commit>, EventError> {
    let event: GithubEvent = serde_json::from_slice(&bounded_file::read(path, LARGEST)?)?;
    Ok(event.head_commit.map(|head| Commit {
        id: head.id,
        subject: line(head.message.lines().next().unwrap_or_default()),
        author: line(&head.author.map(|author| author.name).unwrap_or_default()),
        at: None,
    }))
}

/// A name: one line, harmless, not empty.
fn text(value: Option<OsString>) -> Option<String> {
    let name = line(value?.to_str()?);
    (!name.is_empty()).then_some(name)
}

fn line(text: &str) -> String {
    sanitize(cut(text, LONGEST)).trim().to_owned()
}

fn is_commit(id: &str) -> bool {
    [40, 64].contains(&id.len()) && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests;
