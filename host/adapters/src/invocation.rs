//! Who and what started this process: a person at a terminal, or a job of GitHub Actions.
//!
//! What GitHub says about itself is text that others wrote: it is read within bounds, checked, and
//! only ever shown. Whatever is wrong with it is a warning, and the run goes on without it.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags};
use serde::Deserialize;

use deployhost_policy::text::{cut, sanitize};
use deployhost_runtime::capability::run::Commit;

/// GitHub's own limit for the payload of an event.
const LARGEST: u64 = 25 * 1024 * 1024;
/// Longest name or line that is taken over, in bytes.
const LONGEST: usize = 1024;

/// Who and what started this process.
#[derive(Debug, Clone, Default)]
pub struct Invocation {
    pub actor: Option<String>,
    /// The commit that a job is about. A person at a terminal has none.
    pub commit: Option<Commit>,
    /// What could not be read of it.
    pub warnings: Vec<String>,
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
                warnings.push("GITHUB_SHA is no commit id".to_owned());
            }
            is
        });
        let told = match variable("GITHUB_EVENT_PATH") {
            Some(path) => head_commit(Path::new(&path)).unwrap_or_else(|why| {
                warnings.push(format!("the event of this job {why} — GITHUB_EVENT_PATH"));
                None
            }),
            None => {
                warnings.push("this job names no event — GITHUB_EVENT_PATH".to_owned());
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

/// The newest commit of a push; none: the event is of another kind. The error goes on from "the
/// event".
fn head_commit(path: &Path) -> Result<Option<Commit>, String> {
    let event: GithubEvent = serde_json::from_slice(&bytes(path)?)
        .map_err(|error| format!("cannot be understood: {error}"))?;
    Ok(event.head_commit.map(|head| Commit {
        id: head.id,
        subject: line(head.message.lines().next().unwrap_or_default()),
        author: line(&head.author.map(|author| author.name).unwrap_or_default()),
    }))
}

fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
    // A pipe must not hold the run up.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file =
        rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| unreadable(errno.into()))?;
    let about = rustix::fs::fstat(&file).map_err(|errno| unreadable(errno.into()))?;
    if FileType::from_raw_mode(about.st_mode) != FileType::RegularFile {
        return Err("is not in a regular file".into());
    }
    let mut bytes = Vec::new();
    File::from(file)
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err("is larger than 25 MiB, which GitHub does not send".into());
    }
    Ok(bytes)
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
