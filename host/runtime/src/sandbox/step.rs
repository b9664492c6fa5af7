//! Calls a step plugin: the binding of `deployhost:plugin/step`.

use wasmtime::Store;
use wasmtime::component::Instance;

use super::call::PluginCall;
use super::call_error::CallError;
use super::plugin::{Plugin, PluginExport};
use super::size::Returned;
use super::state::State;
use crate::capability::http::Writes;
use crate::capability::run;

pub(super) mod binding {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "package deployhost:host; world steps { export deployhost:plugin/step@0.1.0; }",
        world: "deployhost:host/steps",
        exports: { default: async },
        with: { "deployhost:plugin/run@0.1.0": crate::capability::run },
    });
}
pub(super) use binding::exports::deployhost::plugin::step::Guest;
pub use binding::exports::deployhost::plugin::step::{Proposal, Receipt};
pub use run::Failure;

/// What a plugin said, or how it broke.
pub type CallAnswer<T> = Result<Result<T, Failure>, CallError>;

impl PluginCall<'_> {
    /// Asks what the step would do.
    pub async fn plan(
        self,
        plugin: &Plugin,
        context: &run::Context,
        config: &str,
        pin: Option<&str>,
    ) -> CallAnswer<Proposal> {
        self.step(&plugin.world, pin, async |step, store| {
            step.call_plan(store, context, config, pin).await
        })
        .await
    }

    /// Has the step carried out.
    pub async fn apply(
        self,
        plugin: &Plugin,
        context: &run::Context,
        config: &str,
        pin: Option<&str>,
    ) -> CallAnswer<Receipt> {
        self.step(&plugin.world, pin, async |step, store| {
            step.call_apply(store, context, config, pin).await
        })
        .await
    }

    /// Has the step taken back.
    pub async fn undo(
        self,
        plugin: &Plugin,
        context: &run::Context,
        config: &str,
        receipt: Option<&Receipt>,
    ) -> CallAnswer<()> {
        self.step(&plugin.world, None, async |step, store| {
            step.call_undo(store, context, config, receipt).await
        })
        .await
    }

    pub(super) async fn step<T: Returned>(
        self,
        world: &PluginExport,
        pin: Option<&str>,
        call: impl AsyncFnOnce(&Guest, &mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<T, CallError> {
        let PluginExport::Step(pre) = world else {
            return Err(CallError::Trap("it is a notifier, not a step".into()));
        };
        let bind =
            |store: &mut Store<State>, instance: &Instance| binding::Steps::new(store, instance);
        let given = (Writes::Changes, pin);
        self.run(pre.instance_pre(), given, bind, async |steps, store| {
            call(steps.deployhost_plugin_step(), store).await
        })
        .await
    }
}
