//! Time. Always granted.

use crate::bindings::step_world::deployhost::plugin::clock as host;
use crate::{Duration, Failure};

/// The run is being stopped: leave things as they are and return. As a [`Failure`] it is permanent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

/// Milliseconds since 1970, of the host's clock: it may jump.
pub fn now_unix_ms() -> u64 {
    host::now_unix_ms()
}

/// Sleeps, unless the run is being stopped: then it returns at once.
pub fn sleep(time: Duration) -> Result<(), Stopped> {
    if host::sleep_ms(time.as_millis()) {
        return Err(Stopped);
    }
    Ok(())
}

/// Sleeps, with the failure that a stopped step ends in.
pub fn wait(time: Duration) -> Result<(), Failure> {
    Ok(sleep(time)?)
}
