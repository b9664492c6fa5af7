//! Tells the notifiers what became of a run: beside it, never in its way.
//!
//! Owns what a notice says, the queues, delivery with its retries, and what is still pending. What a
//! notifier says or fails to say never changes a run; that it failed is recorded with the run.

mod builder;
mod client;
mod outbox;
mod plan_snapshot;
mod queue;
mod redact;
mod step_timings;
mod subscriber;
mod test_event;
mod worker;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub use client::{DeliveryError, NotifierClient, NullRecorder};
pub use outbox::{MOST_RUNS, PendingNotification, list_pending};
pub use plan_snapshot::PlanSnapshot;
pub use subscriber::{NotificationSource, NotificationSubscriber, subscribe};
pub use test_event::{TestEventSource, refusal, test_event};
pub use worker::DeliveryWorker;

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
