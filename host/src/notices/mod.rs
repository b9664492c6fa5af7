//! Tells the notifiers what became of a run: beside it, never in its way.
//!
//! Owns what a notice says, the queues, delivery with its retries, and what is still owed. What a
//! notifier says or fails to say never changes a run; that it failed is recorded with the run.

mod clean;
mod desk;
mod line;
mod meant;
mod owed;
mod queue;
mod rehearsal;
mod story;
mod teller;
mod times;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub use desk::Desk;
pub use meant::Meant;
pub use owed::{Debt, MOST_RUNS, owed};
pub use queue::{Queue, Source, queue};
pub use rehearsal::{Scene, refusal, rehearsal};
pub use teller::{Silent, Teller, Untold};

/// How long a command waits for its last notices.
pub const LINGER: Duration = Duration::from_secs(10);

/// Everything that notifiers are told of. Others may come: they are to take them as text.
pub const KINDS: [&str; 10] = [
    "started",
    "progress",
    "succeeded",
    "unchanged",
    "refused",
    "failed",
    "rolled-back",
    "needs-operator",
    "cancelled",
    "interrupted",
];

/// Now, in milliseconds since 1970.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}
