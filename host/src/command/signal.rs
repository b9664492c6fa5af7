//! The signals that stop a run.

use std::sync::Arc;

use deployhost_engine::Event;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::github;
use crate::environment::Stopper;
use crate::event_log::EventLog;

/// The first SIGINT or SIGTERM is recorded and stops the run; the second one ends the process, and
/// the run is interrupted.
///
/// Where a job of GitHub Actions is cancelled, its runner sends SIGINT, SIGTERM 7.5 s later, and
/// kills 2.5 s after that: there the second signal is the first one said again, and what is left of
/// the time is spent on the way back.
///
/// Caught from here on, so that none comes between a run's opening and the one who acts on it.
pub fn caught() -> std::io::Result<Stopper> {
    let interrupt = signal(SignalKind::interrupt())?;
    let terminate = signal(SignalKind::terminate())?;
    Ok(Box::new(move |event_log, stop| {
        drop(tokio::spawn(act(interrupt, terminate, event_log, stop)));
    }))
}

async fn act(
    mut interrupt: Signal,
    mut terminate: Signal,
    event_log: Arc<EventLog>,
    stop: watch::Sender<bool>,
) {
    let mut stopping = None;
    loop {
        let number = tokio::select! {
            // Where both are there already, the runner's first comes first.
            biased;
            _ = interrupt.recv() => 2,
            _ = terminate.recv() => 15,
        };
        match stopping {
            None => stopping = Some(number),
            Some(2) if number == 15 && github::here() => continue,
            Some(_) => std::process::exit(128 + number),
        }
        if let Err(broken) = event_log.record(Event::Stopping { signal: number }) {
            // It has just ended: nothing is left to be stopped.
            tracing::debug!(%broken, "signal after the end");
        }
        stop.send_replace(true);
    }
}
