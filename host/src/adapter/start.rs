//! Starts children: those with changing effects inherit the run's locks, the others do not.

use std::io;
use std::sync::{Arc, OnceLock};

use super::lock::{Locks, start_other};

/// Shared by the adapters that start programs; the run's locks come to it when they are taken.
#[derive(Debug, Clone, Default)]
pub struct Starter {
    locks: Arc<OnceLock<Locks>>,
}

impl Starter {
    /// From now on heirs get these locks. A run takes its locks once.
    pub fn hold(&self, locks: Locks) {
        if let Err(second) = self.locks.set(locks) {
            second.release();
        }
    }

    /// Starts a child that may go on changing things when this process is killed.
    pub fn heir<T>(&self, start: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        match self.locks.get() {
            Some(locks) => locks.start_heir(start),
            None => start_other(start),
        }
    }

    /// Starts a child that changes nothing.
    pub fn other<T>(&self, start: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        start_other(start)
    }

    /// The run is over: whatever it still started holds nothing.
    pub fn release(&self) {
        if let Some(locks) = self.locks.get() {
            locks.release();
        }
    }
}
