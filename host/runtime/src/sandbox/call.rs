//! One timed call: a fresh store, the guest's computing and its whole time bounded, the store
//! dropped afterwards whatever happened.

use std::sync::Arc;
use std::time::Instant;

use wasmtime::component::{Instance, InstancePre};

use wasmtime::{Engine, Store, UpdateDeadline};

use super::call_error::{CallError, Mismatch};
use super::engine::Sandbox;
use super::limits::{GRACE, HANDLES, HOST_CALL_BYTES, Limits};
use super::size::{Returned, bounded};
use super::state::State;
use crate::capabilities::{EntryGrants, Ports};
use crate::capability::CallScope;
use crate::capability::call::{Call, until_stopped};
use crate::capability::http::Writes;
use crate::redaction_scope::with_redactor;

/// Everything around one call of a plugin: what it may use, and for how long.
pub struct PluginCall<'a> {
    pub sandbox: &'a Sandbox,
    pub ports: &'a Ports,
    pub grants: &'a EntryGrants,
    pub call: Arc<Call>,
    pub limits: Limits,
}

impl PluginCall<'_> {
    /// Makes an instance, binds its exports and makes the call, whose result is bounded. `writes`: what a request that is no
    /// read is to the run; `pin`: what the call is given.
    pub(super) async fn run<E, T: Returned>(
        self,
        pre: &InstancePre<State>,
        (writes, pin): (Writes, Option<&str>),
        bind: impl FnOnce(&mut Store<State>, &Instance) -> wasmtime::Result<E>,
        call: impl AsyncFnOnce(&E, &mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<T, CallError> {
        let scope = CallScope {
            call: self.call,
            secrets: self.grants.secrets.clone(),
            writes,
            pin: pin.map(str::to_owned),
        };
        let state = State::new(&scope, self.ports, self.grants, &self.limits)?;
        let store = store(&self.sandbox.engine, state, &self.limits);
        let returned = within(store, &self.limits, async |store| {
            let instance = pre.instantiate_async(&mut *store).await?;
            let exports = bind(store, &instance).map_err(Mismatch::of)?;
            call(&exports, store).await
        });
        bounded(returned.await?)
    }
}

/// A store that is ready for its only call.
fn store(engine: &Engine, state: State, limits: &Limits) -> Store<State> {
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
async fn within<T>(
    mut store: Store<State>,
    limits: &Limits,
    call: impl AsyncFnOnce(&mut Store<State>) -> wasmtime::Result<T>,
) -> Result<T, CallError> {
    let stop = store.data().call.stop();
    let ended = async {
        until_stopped(stop).await;
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
