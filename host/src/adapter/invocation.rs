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

use crate::capability::log::{cut, sanitize};
use crate::capability::run::Commit;

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
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    const ID: &str = "1f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c";

    fn read(event: Option<&Path>, others: &[(&str, &str)]) -> Invocation {
        Invocation::read(|name| match (name, event) {
            ("GITHUB_EVENT_PATH", Some(path)) => Some(path.as_os_str().to_owned()),
            ("GITHUB_ACTIONS", _) => Some("true".into()),
            _ => {
                let found = others.iter().find(|(own, _)| *own == name);
                found.map(|(_, value)| value.into())
            }
        })
    }

    /// A job at [`ID`] with this event.
    fn told(event: &str) -> Invocation {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), event).unwrap();
        read(
            Some(file.path()),
            &[("GITHUB_SHA", ID), ("GITHUB_ACTOR", "ada")],
        )
    }

    fn push(id: &str, message: &str) -> String {
        let author = serde_json::json!({ "name": "Ada", "email": "ada@example.org" });
        let head = serde_json::json!({ "id": id, "message": message, "author": author });
        serde_json::json!({ "ref": "refs/heads/main", "head_commit": head }).to_string()
    }

    #[test]
    fn a_person_is_who_is_logged_in() {
        let actor = |variables: &'static [(&str, &str)]| {
            let find = |name: &str| {
                let found = variables.iter().find(|(own, _)| *own == name);
                found.map(|(_, value)| OsString::from(value))
            };
            let trigger = Invocation::read(find);
            assert!(trigger.warnings.is_empty() && trigger.commit.is_none());
            trigger.actor
        };
        assert_eq!(
            actor(&[("USER", "root"), ("SUDO_USER", "ada")]).as_deref(),
            Some("ada")
        );
        assert_eq!(
            actor(&[("USER", ""), ("LOGNAME", "eve")]).as_deref(),
            Some("eve")
        );
        assert_eq!(
            actor(&[("GITHUB_ACTIONS", "false"), ("GITHUB_ACTOR", "x")]),
            None
        );
    }

    #[test]
    fn a_push_names_its_commit() {
        let trigger = told(&push(
            ID,
            "Fix \"bug\" in $(touch pwned)\u{1b}[2J\n\nand more",
        ));
        assert_eq!(trigger.warnings, Vec::<String>::new());
        assert_eq!(trigger.actor.as_deref(), Some("ada"));
        let commit = trigger.commit.unwrap();
        assert_eq!(commit.id, ID);
        assert_eq!(commit.subject, "Fix \"bug\" in $(touch pwned) [2J");
        assert_eq!(commit.author, "Ada");
    }

    #[test]
    fn an_event_that_has_no_commit_leaves_the_jobs() {
        let other = push(&ID.replace('1', "2"), "Another one");
        for event in [
            r#"{"inputs":{"confirm":"DEPLOY"},"ref":"refs/heads/main"}"#,
            r#"{"head_commit":null}"#,
            &other,
        ] {
            let trigger = told(event);
            assert_eq!(trigger.warnings, Vec::<String>::new(), "{event}");
            let commit = trigger.commit.unwrap();
            assert_eq!((commit.id.as_str(), commit.subject.as_str()), (ID, ""));
        }
    }

    #[test]
    fn what_is_damaged_is_a_warning() {
        let warning = |trigger: Invocation| {
            assert_eq!(trigger.warnings.len(), 1, "{:?}", trigger.warnings);
            assert_eq!(trigger.commit.map(|commit| commit.id).as_deref(), Some(ID));
            trigger.warnings[0].clone()
        };
        for event in [
            "",
            "{",
            "[]",
            "null",
            r#"{"head_commit":{"id":7}}"#,
            "\u{0}",
        ] {
            assert!(warning(told(event)).contains("understood"), "{event}");
        }
        let job = [("GITHUB_SHA", ID)];
        let folder = tempfile::tempdir().unwrap();
        let none = folder.path().join("none.json");
        assert!(warning(read(Some(&none), &job)).contains("cannot be read"));
        assert!(warning(read(Some(folder.path()), &job)).contains("regular file"));
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            FileType::Fifo,
            Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        assert!(warning(read(Some(&pipe), &job)).contains("regular file"));
        let large = folder.path().join("large");
        File::create(&large).unwrap().set_len(LARGEST + 1).unwrap();
        assert!(warning(read(Some(&large), &job)).contains("25 MiB"));
        assert!(warning(read(None, &job)).contains("names no event"));
    }

    #[test]
    fn a_commit_id_is_one() {
        for id in ["main", "-x", "", &ID[1..], &ID.to_uppercase()] {
            let trigger = read(None, &[("GITHUB_SHA", id)]);
            assert!(trigger.commit.is_none(), "{id}");
        }
    }
}
