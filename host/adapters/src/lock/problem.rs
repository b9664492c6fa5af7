//! Why a run does not get its locks.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Holder, Resource};
use crate::state::{StateError, StateUser};
use deployhost_policy::{Diagnostic, Location};

/// Another run holds what this one needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockHeld {
    pub resource: Resource,
    /// None where its file does not tell.
    pub by: Option<Holder>,
    /// Its process lives. Otherwise it was killed, and a child of it still works.
    pub alive: bool,
}

impl LockHeld {
    /// What people read.
    pub fn diagnostic(&self) -> Diagnostic {
        let resource = &self.resource;
        let held = |code: &'static str, message: String| {
            Diagnostic::new(code, message).parameter("resource", resource.to_string())
        };
        let Some(by) = &self.by else {
            let message = format!("{resource} is held by another process");
            return held("lock.held", message)
                .at(Location::named("its lock file does not say which"))
                .help("try again when it has ended");
        };
        let Holder { run, pid, user, .. } = by;
        let since = since(by.since_unix_ms);
        let problem = if self.alive {
            let message =
                format!("{resource} is held by run {run} (pid {pid}, user {user}) since {since}");
            held("lock.held", message).help("run again when it has ended")
        } else {
            let message = format!(
                "{resource} is held by what run {run} left behind (pid {pid}, user {user}, \
                 since {since}; it was killed, and a program that it started still works)"
            );
            held("lock.held-by-orphan", message).help("run again when that program has ended")
        };
        problem
            .at(Location::named(format!("its state folder is {}", by.state)))
            .parameter("run", run.as_str())
            .parameter("pid", pid.to_string())
            .parameter("user", user.as_str())
            .parameter("since", since)
            .parameter("state", by.state.as_str())
    }
}

/// `14:03`, with the day where it is not today.
fn since(unix_ms: u64) -> String {
    let then = i64::try_from(unix_ms).map(Timestamp::from_millisecond);
    let Ok(Ok(then)) = then else {
        return "an unknown time".to_owned();
    };
    let zone = TimeZone::system();
    let then = then.to_zoned(zone.clone());
    let today = Timestamp::now().to_zoned(zone).date() == then.date();
    let format = if today { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    then.strftime(format).to_string()
}

/// Locks that were not taken; none of the others is held.
#[derive(Debug, thiserror::Error)]
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
    State(#[from] StateError),
}

impl LockError {
    /// What people read.
    pub fn diagnostic(&self) -> Diagnostic {
        let at = |code: &'static str, resource: &Resource, why: String, path: &Path| {
            Diagnostic::new(code, format!("{resource} cannot be locked: {why}"))
                .at(path)
                .parameter("resource", resource.to_string())
                .parameter("path", path.display().to_string())
        };
        match self {
            Self::LockHeld(held) => held.diagnostic(),
            Self::Foreign {
                resource,
                path,
                owner: Some(owner),
            } => {
                let why = format!("its lock file is {owner}'s");
                at("lock.other-owner", resource, why, path)
                    .help(format!(
                        "run as {owner}, or have the file removed while nothing is deployed"
                    ))
                    .parameter("owner", owner.to_string())
            }
            Self::Foreign {
                resource,
                path,
                owner: None,
            } => {
                let why = "this user may not write there".to_owned();
                at("lock.denied", resource, why, path).help("run as a user who may")
            }
            Self::Unusable {
                resource,
                path,
                source,
            } => at("lock.unusable", resource, source.to_string(), path).help("see to that file"),
            Self::NoSharedFolder => Diagnostic::new(
                "lock.no-shared-folder",
                "no folder for locks that all users share",
            )
            .at(Location::named("/run/lock, /tmp"))
            .help("chmod 1777 /run/lock, as root"),
            Self::State(problem) => problem.diagnostic(),
        }
    }
}

deployhost_policy::print_as_diagnostic!(LockHeld, LockError);
