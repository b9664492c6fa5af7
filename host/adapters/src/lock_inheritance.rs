//! Starts children: those with changing effects inherit the run's locks, the others do not.
//!
//! What a child inherits is a property of the whole process, so this is one for the process: a
//! process carries out one run.

use std::io;
use std::sync::OnceLock;

use super::lock::{Locks, start_other};

static HELD: OnceLock<Locks> = OnceLock::new();

/// From now on children with changing effects get these locks.
pub fn inherit_locks(locks: Locks) {
    if let Err(second) = HELD.set(locks) {
        second.release();
    }
}

/// The run is over: nothing that it started holds anything any more.
pub fn release() {
    if let Some(locks) = HELD.get() {
        locks.release();
    }
}

/// Starts a child. One that `changes` things may outlive this process when that is killed, and
/// keeps what it changes locked until it ends.
pub fn child<T>(changes: bool, start: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    match HELD.get() {
        Some(locks) if changes => locks.start_inheriting(start),
        _ => start_other(start),
    }
}
