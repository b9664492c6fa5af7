//! Time: always granted. A sleep ends at once when the run is being stopped.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wasmtime::component::{HasSelf, Linker};

use super::call::Call;

mod binding {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "package deployhost:host; world clock { import deployhost:plugin/clock@0.1.0; }",
        imports: { default: async | trappable },
    });
}
use binding::deployhost::plugin::clock;

/// Longest single sleep; the step's own timeout is what bounds their sum.
pub const SLEEP: Duration = Duration::from_secs(24 * 60 * 60);

pub struct Clock {
    call: Arc<Call>,
}

impl Clock {
    pub fn new(call: Arc<Call>) -> Self {
        Self { call }
    }
}

impl clock::Host for Clock {
    async fn now_unix_ms(&mut self) -> wasmtime::Result<u64> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Ok(since.map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX)))
    }

    async fn sleep_ms(&mut self, ms: u64) -> wasmtime::Result<bool> {
        let _billing = self.call.billing();
        let mut stop = self.call.stop();
        let wait = Duration::from_millis(ms).min(SLEEP);
        // A closed channel means that nobody can stop the run any more: sleep on.
        let stopped = async {
            if stop.wait_for(|stopped| *stopped).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => Ok(false),
            () = stopped => Ok(true),
        }
    }
}

pub fn link<T: Send + 'static>(
    linker: &mut Linker<T>,
    clock: fn(&mut T) -> &mut Clock,
) -> wasmtime::Result<()> {
    clock::add_to_linker::<T, HasSelf<Clock>>(linker, clock)
}
