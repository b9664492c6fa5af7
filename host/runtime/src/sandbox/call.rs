//! One timed call: a fresh store, the guest's computing and its whole time bounded, the store
//! dropped afterwards whatever happened.

use std::time::Instant;

use wasmtime::{Engine, Store, UpdateDeadline};

use super::call_error::CallError;
use super::limits::{GRACE, HANDLES, HOST_CALL_BYTES, Limits};
use super::state::State;
use crate::redaction_scope::with_redactor;

/// A store that is ready for its only call.
pub(super) fn store(engine: &Engine, state: State, limits: &Limits) -> Store<State> {
    let cpu = limits.cpu;
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.limiter);
    store.set_hostcall_fuel(HOST_CALL_BYTES);
    store.set_max_component_handles(HANDLES);
    // A deadline of the engine is absolute and runs on during host calls, so a guest that sleeps
    // would be billed for it: look at every tick, and count only the guest's own time.
    let began = Instant::now();
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(move |context| {
        let used = began
            .elapsed()
            .saturating_sub(context.data().call.host_time());
        Ok(if used > cpu {
            UpdateDeadline::Interrupt
        } else {
            UpdateDeadline::Yield(1)
        })
    });
    store
}

/// Runs `call` on the store within its time and behind the veil of its run, and drops the store.
pub(super) async fn within<T>(
    mut store: Store<State>,
    limits: &Limits,
    call: impl AsyncFnOnce(&mut Store<State>) -> wasmtime::Result<T>,
) -> Result<T, CallError> {
    let mut stop = store.data().call.stop();
    let ended = async {
        if stop.wait_for(|stopped| *stopped).await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(GRACE).await;
    };
    let result = {
        let redactor = store.data().call.record().redactor();
        let running = with_redactor(redactor, call(&mut store));
        tokio::select! {
            result = tokio::time::timeout(limits.wall, running) => result,
            () = ended => return Err(CallError::Stopped),
        }
    };
    match result {
        Err(_) => Err(CallError::Wall(limits.wall)),
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            let refused = store.data_mut().limiter.refused.take();
            Err(CallError::name(&error, limits.cpu, refused))
        }
    }
}
