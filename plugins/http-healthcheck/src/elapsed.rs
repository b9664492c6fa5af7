//! Time that passed, by a clock that may be set meanwhile.

use deployhost_plugin::Duration;

/// No part of it is longer than it can have been.
pub struct Elapsed {
    total_ms: u64,
    last_unix_ms: u64,
    longest_ms: u64,
}

impl Elapsed {
    /// From now on; between two looks no more than `longest_ms` can pass.
    pub fn since(now_unix_ms: u64, longest_ms: u64) -> Self {
        Self {
            total_ms: 0,
            last_unix_ms: now_unix_ms,
            longest_ms,
        }
    }

    pub fn until(&mut self, now_unix_ms: u64) -> Duration {
        let part = now_unix_ms.saturating_sub(self.last_unix_ms);
        self.total_ms += part.min(self.longest_ms);
        self.last_unix_ms = now_unix_ms;
        Duration::from_millis(self.total_ms)
    }
}
