//! The signals that stop a run.

use std::sync::Arc;

use deployhost_engine::Event;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::scribe::Scribe;

/// The first SIGINT or SIGTERM is recorded and stops the run; the second one ends the process, and
/// the run is interrupted.
pub fn watch(scribe: Arc<Scribe>, stop: watch::Sender<bool>) -> std::io::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        let mut stopping = false;
        loop {
            let number = tokio::select! {
                _ = interrupt.recv() => 2,
                _ = terminate.recv() => 15,
            };
            if stopping {
                std::process::exit(128 + number);
            }
            stopping = true;
            if let Err(broken) = scribe.record(Event::Stopping { signal: number }) {
                // It has just ended: nothing is left to be stopped.
                tracing::debug!(%broken, "signal after the end");
            }
            stop.send_replace(true);
        }
    });
    Ok(())
}
