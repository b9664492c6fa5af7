//! What waits to be told to one notifier.
//!
//! What matters waits in order, as long as it takes. Of how far a step is only the newest waits,
//! and only as long as nothing that matters comes after it.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use deployhost_runtime::sandbox::NotifierEvent;

#[derive(Default)]
pub struct NotificationQueue {
    waiting: Mutex<Waiting>,
    wakeup: Notify,
}

#[derive(Default)]
struct Waiting {
    events: VecDeque<NotifierEvent>,
    progress: Option<NotifierEvent>,
    closed: bool,
}

impl NotificationQueue {
    pub fn push(&self, event: NotifierEvent) {
        let mut waiting = self.lock();
        waiting.progress = None;
        waiting.events.push_back(event);
        drop(waiting);
        self.wakeup.notify_one();
    }

    /// Takes the place of what was said before and not yet told.
    pub fn progress(&self, event: NotifierEvent) {
        self.lock().progress = Some(event);
        self.wakeup.notify_one();
    }

    /// Nothing more will come.
    pub fn close(&self) {
        self.lock().closed = true;
        self.wakeup.notify_one();
    }

    /// What is to be told next; progress not before this. `None`: there will be nothing more.
    pub async fn next(&self, progress_from: Instant) -> Option<NotifierEvent> {
        loop {
            let pending = {
                let mut waiting = self.lock();
                if let Some(event) = waiting.events.pop_front() {
                    return Some(event);
                }
                if waiting.closed {
                    return None;
                }
                if Instant::now() >= progress_from && waiting.progress.is_some() {
                    return waiting.progress.take();
                }
                waiting.progress.is_some()
            };
            tokio::select! {
                () = self.wakeup.notified() => {}
                () = sleep_until(progress_from), if pending => {}
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Each change is one step: what a panic leaves behind is whole.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
