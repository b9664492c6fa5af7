//! The one limit of a test: so generous that only a hang reaches it, however busy the machine is.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

pub const LIMIT: Duration = Duration::from_secs(60);

/// What `work` gives, which blocks its thread. On a thread of its own: one that hangs cannot be
/// ended, only left.
pub fn ends<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (tell, told) = mpsc::channel();
    let worker = std::thread::spawn(move || {
        // Nobody listens any more where it came too late.
        let _ = tell.send(work());
    });
    match told.recv_timeout(LIMIT) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => panic!("it hangs: no end within {LIMIT:?}"),
        // It panicked: that is what the test fails with.
        Err(RecvTimeoutError::Disconnected) => match worker.join() {
            Ok(()) => unreachable!("it ended and said nothing"),
            Err(panic) => std::panic::resume_unwind(panic),
        },
    }
}
