//! Whose turn it is to tell a target's notifiers: one process at a time, so that nothing is told
//! twice and everything in its order.
//!
//! Not a lock on the target: a run that has ended may still be telling, and the next one begins
//! meanwhile.

use std::fs::File;

use rustix::fs::FlockOperation;
use rustix::io::Errno;

use super::LockError;
use super::lock_file::LockFile;
use crate::state::StateFolder;

/// Lasts until it is dropped, or the process ends.
#[derive(Debug)]
pub struct NotifierLease {
    _file: File,
}

impl NotifierLease {
    /// None: another process is telling.
    pub fn take(state: &StateFolder, target: &str) -> Result<Option<Self>, LockError> {
        let place = LockFile::notices(state, target)?;
        loop {
            let file = File::from(place.open()?);
            match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {}
                Err(Errno::WOULDBLOCK) => return Ok(None),
                Err(errno) => return Err(place.unusable(errno.into())),
            }
            if place.is_still(&file)? {
                return Ok(Some(Self { _file: file }));
            }
        }
    }
}

#[cfg(test)]
mod tests;
