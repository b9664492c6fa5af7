//! Locks: one run at a time on whatever it can change.
//!
//! Owns the lock files and who is written in them. Does not decide what a run can change: it gets
//! the target, the work trees and the Compose projects.
//!
//! A lock is a `flock` on a file that is never deleted (two runs could then hold two files of one
//! name). It ends with [`Locks::release`] or with the last process that has the file open. A child
//! with changing effects gets the open files ([`Locks::start_inheriting`]): when a run is killed, what
//! its orphan still does stays locked. A second run never waits: it is told who holds what.

mod holder;
mod lease;
mod lock_file;
mod problem;

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use rustix::fs::FlockOperation;
use rustix::io::Errno;

pub use holder::Holder;
pub use lease::NotifierLease;
pub use lock_file::Resource;
pub use problem::{LockError, LockHeld};

use super::state::StateFolder;
use lock_file::LockFile;

/// Who takes the locks.
#[derive(Debug, Clone, Copy)]
pub struct LockClaim<'a> {
    /// The run's id.
    pub run: &'a str,
    /// What was typed, without values: `run`, `rollback`.
    pub command: &'a str,
}

/// What a run can change.
#[derive(Debug, Clone, Copy)]
pub struct LockRequest<'a> {
    pub target: &'a str,
    /// Work trees, by their top level; one may be missing yet.
    pub trees: &'a [PathBuf],
    /// Compose projects of this machine's Docker.
    pub projects: &'a [String],
    /// The socket of that Docker, where it is a local one: whoever may use it shares the projects.
    pub docker_socket: Option<&'a Path>,
}

/// The locks of one run. Dropped without `release` they last as long as an heir does.
#[derive(Debug)]
pub struct Locks {
    files: Vec<File>,
}

/// A holder writes its name within microseconds, and one that is itself refused gives up as soon:
/// who came between looks again, and only then takes the holder for a killed run.
const LOOKS: u32 = 10;
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// Children are started one at a time, see `start_inheriting`.
static STARTING: Mutex<()> = Mutex::new(());

impl Locks {
    /// Takes every lock, or none. Never waits for one, so that of many starts at once the others
    /// know at once; in one order for all, so that of many starts one gets through.
    pub fn take(
        state: &StateFolder,
        claim: LockClaim<'_>,
        wanted: LockRequest<'_>,
    ) -> Result<Self, LockError> {
        let shared = if wanted.projects.is_empty() {
            None
        } else {
            Some(lock_file::shared_folder()?)
        };
        Self::take_in(shared.as_deref(), state, claim, wanted)
    }

    fn take_in(
        shared: Option<&Path>,
        state: &StateFolder,
        claim: LockClaim<'_>,
        wanted: LockRequest<'_>,
    ) -> Result<Self, LockError> {
        let mut places = BTreeSet::new();
        places.insert(LockFile::target(state, wanted.target)?);
        for tree in wanted.trees {
            places.extend(LockFile::tree(state, tree)?);
        }
        if let Some(folder) = shared {
            for project in wanted.projects {
                places.insert(LockFile::project(folder, project, wanted.docker_socket)?);
            }
        }
        let holder = Holder::me(claim, state);
        let mut locks = Self { files: Vec::new() };
        for place in &places {
            match take_one(place, &holder) {
                Ok(file) => locks.files.push(file),
                Err(problem) => {
                    locks.release();
                    return Err(problem);
                }
            }
        }
        Ok(locks)
    }

    /// Who holds the target's lock now. Whoever takes it meanwhile finds it in use for less time than
    /// it waits.
    pub fn held(state: &StateFolder, target: &str) -> Result<Option<LockHeld>, LockError> {
        let place = LockFile::target(state, target)?;
        let file = File::from(place.open()?);
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockShared) {
            Ok(()) => Ok(None),
            Err(Errno::WOULDBLOCK) => Ok(Some(holding(&place, &file))),
            Err(errno) => Err(place.unusable(errno.into())),
        }
    }

    /// The run is settled: gives every lock up, even one that an heir still has open.
    pub fn release(&self) {
        for file in &self.files {
            // First the name, so that nobody reads it under the next one's lock. Neither can fail
            // on a file that is open and locked; if one did, the lock would end with the process.
            let _ = file.set_len(0);
            let _ = rustix::fs::flock(file, FlockOperation::Unlock);
        }
    }

    /// Starts a child that holds the locks as long as it lives: one with changing effects.
    /// `start` spawns it, and returns when it runs its own program, as `Command::spawn` does.
    ///
    /// What a child inherits is a property of this process's descriptors at that moment, so a
    /// child that another thread starts meanwhile would inherit them, too: all are to be started
    /// through here or [`start_other`], one at a time. A child started past both can make a lock
    /// last too long, never end it early.
    pub fn start_inheriting<T>(&self, start: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let _turn = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        // Duplicates without close-on-exec, closed again here when the child has its own. They
        // are one lock: `flock` belongs to the open file, not to a descriptor.
        let inherited_fds: Vec<OwnedFd> = self
            .files
            .iter()
            .map(rustix::io::dup)
            .collect::<Result<_, Errno>>()?;
        let child = start();
        drop(inherited_fds);
        child
    }
}

/// Starts a child that holds no lock: one that only reads or prepares.
pub fn start_other<T>(start: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let _turn = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    start()
}

/// What a file tells whose lock is another's.
fn holding(place: &LockFile, file: &File) -> LockHeld {
    let by = Holder::read_from(file);
    LockHeld {
        resource: place.resource().clone(),
        alive: by.as_ref().is_some_and(Holder::is_alive),
        by,
    }
}

fn take_one(place: &LockFile, holder: &Holder) -> Result<File, LockError> {
    let mut looks = 0;
    loop {
        let file = File::from(place.open()?);
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                let held = holding(place, &file);
                looks += 1;
                if !held.alive && looks < LOOKS {
                    sleep(BETWEEN_LOOKS);
                    continue;
                }
                return Err(LockError::LockHeld(Box::new(held)));
            }
            Err(errno) => return Err(place.unusable(errno.into())),
        }
        // Somebody may have cleaned up: then this file is nobody's lock any more.
        if place.is_still(&file)? {
            holder
                .write_to(&file)
                .map_err(|error| place.unusable(error))?;
            return Ok(file);
        }
    }
}

#[cfg(test)]
mod tests;
