//! Why a run does not get its locks, in words for people: `what — where — what to do`.

use std::fmt;
use std::io;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Holder, Resource};
use crate::state::{StateError, StateUser};

/// Another run holds what this one needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockHeld {
    pub resource: Resource,
    /// None where its file does not tell.
    pub by: Option<Holder>,
    /// Its process lives. Otherwise it was killed, and a child of it still works.
    pub alive: bool,
}

impl fmt::Display for LockHeld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(by) = &self.by else {
            return write!(
                f,
                "{} is held by another process — its lock file does not say which — try again when it has ended",
                self.resource
            );
        };
        let Holder {
            run,
            pid,
            user,
            state,
            ..
        } = by;
        let since = since(by.since_unix_ms);
        if self.alive {
            write!(
                f,
                "{} is held by run {run} (pid {pid}, user {user}) since {since} — its state folder is {state} — run again when it has ended",
                self.resource
            )
        } else {
            write!(
                f,
                "{} is held by what run {run} left behind (pid {pid}, user {user}, since {since}; it was killed, and a program that it started still works) — its state folder is {state} — run again when that program has ended",
                self.resource
            )
        }
    }
}

/// `14:03`, with the day where it is not today.
fn since(unix_ms: i64) -> String {
    let Ok(then) = Timestamp::from_millisecond(unix_ms) else {
        return "an unknown time".to_owned();
    };
    let zone = TimeZone::system();
    let then = then.to_zoned(zone.clone());
    let today = Timestamp::now().to_zoned(zone).date() == then.date();
    let format = if today { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    then.strftime(format).to_string()
}

/// Locks that were not taken; none of the others is held.
#[derive(Debug)]
pub enum LockError {
    LockHeld(Box<LockHeld>),
    /// Its file is somebody's with whom this user does not share it. None: its folder is.
    Foreign {
        resource: Resource,
        path: PathBuf,
        owner: Option<StateUser>,
    },
    Unusable {
        resource: Resource,
        path: PathBuf,
        source: io::Error,
    },
    /// No folder in which all users of this machine may lock.
    NoSharedFolder,
    State(StateError),
}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LockHeld(held) => held.fmt(f),
            Self::Foreign { resource, path, owner: Some(owner) } => write!(
                f,
                "{resource} cannot be locked: its lock file is {owner}'s — {} — run as {owner}, or have the file removed while nothing is deployed",
                path.display()
            ),
            Self::Foreign { resource, path, owner: None } => write!(
                f,
                "{resource} cannot be locked: this user may not write there — {} — run as a user who may",
                path.display()
            ),
            Self::Unusable { resource, path, source } => write!(
                f,
                "{resource} cannot be locked: {source} — {} — see to that file",
                path.display()
            ),
            Self::NoSharedFolder => f.write_str(
                "no folder for locks that all users share — /run/lock, /tmp — chmod 1777 /run/lock, as root",
            ),
            Self::State(problem) => problem.fmt(f),
        }
    }
}

impl std::error::Error for LockError {}
