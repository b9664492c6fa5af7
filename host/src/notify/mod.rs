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

use std::time::Duration;

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
