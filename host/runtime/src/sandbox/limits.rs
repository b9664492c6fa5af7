//! How much a plugin call may use, and the limiter that enforces it inside the store.

use std::time::Duration;

use wasmtime::ResourceLimiter;

/// Guest stack, in bytes.
pub const STACK: usize = 512 * 1024;
/// Elements of all tables of a call.
pub const TABLE_ELEMENTS: usize = 10_000;
/// Resource handles of a call.
pub const HANDLES: usize = 256;
/// Bytes that one host call may carry. Our own caps (1 MiB bodies, 256 KiB results) lie below it,
/// because going over it costs the store.
pub const HOST_CALL_BYTES: usize = 8 * 1024 * 1024;
/// A plugin file, in bytes.
pub const PLUGIN_BYTES: u64 = 32 * 1024 * 1024;
/// Time for compiling a plugin: the largest, of 18 MB and a whole Python, takes 10 s.
pub const COMPILING: Duration = Duration::from_secs(60);
/// One string that a plugin returns, in bytes.
pub const RESULT_BYTES: usize = 256 * 1024;
/// Time that a plugin is given to end by itself once the run is being stopped.
pub const GRACE: Duration = Duration::from_secs(5);

/// What one call may use.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Time computing: what the host spends on the plugin's behalf is not counted.
    pub cpu: Duration,
    /// Time in all.
    pub wall: Duration,
    /// Bytes, summed over the call's memories.
    pub memory: usize,
}

impl Limits {
    /// A step or notifier call with the given time in all.
    pub fn call(wall: Duration) -> Self {
        Self {
            cpu: Duration::from_secs(2),
            wall,
            memory: 64 * 1024 * 1024,
        }
    }

    /// `describe` and `check`: nothing to wait for.
    pub fn talk() -> Self {
        Self {
            cpu: Duration::from_secs(1),
            wall: Duration::from_secs(5),
            memory: 64 * 1024 * 1024,
        }
    }
}

/// Sums what wasmtime asks for, since its own limits are per memory and per table.
#[derive(Debug)]
pub(super) struct Limiter {
    memory_left: usize,
    elements_left: usize,
    /// What was refused, for naming the fault.
    pub(super) refused: Option<String>,
}

impl Limiter {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            memory_left: limits.memory,
            elements_left: TABLE_ELEMENTS,
            refused: None,
        }
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        if more > self.memory_left {
            let mib = desired / (1024 * 1024);
            self.refused = Some(format!("asked for {mib} MiB of memory"));
            return Ok(false);
        }
        self.memory_left -= more;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        if more > self.elements_left {
            self.refused = Some(format!("asked for a table of {desired} elements"));
            return Ok(false);
        }
        self.elements_left -= more;
        Ok(true)
    }

    fn instances(&self) -> usize {
        64
    }

    fn tables(&self) -> usize {
        16
    }

    fn memories(&self) -> usize {
        16
    }
}
