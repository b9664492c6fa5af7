//! Calls a notifier plugin: the binding of `deployhost:plugin/notifier`.

use wasmtime::Store;
use wasmtime::component::Instance;

use super::call::PluginCall;
use super::call_error::CallError;
use super::plugin::{Plugin, PluginExport};
use super::size::Returned;
use super::state::State;
use super::step::CallAnswer;
use crate::capability::http::Writes;

pub(super) mod binding {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "package deployhost:host; world notices { export deployhost:plugin/notifier@0.1.0; }",
        world: "deployhost:host/notices",
        exports: { default: async },
        with: { "deployhost:plugin/run@0.1.0": crate::capability::run },
    });
}
pub use binding::exports::deployhost::plugin::notifier::Event as NotifierEvent;
pub(super) use binding::exports::deployhost::plugin::notifier::Guest;

impl PluginCall<'_> {
    /// Tells the notifier; it answers with what it wants to be given next time.
    pub async fn notify(
        self,
        plugin: &Plugin,
        event: &NotifierEvent,
        config: &str,
        memory: Option<&str>,
    ) -> CallAnswer<Option<String>> {
        self.notifier(&plugin.world, async |notifier, store| {
            notifier.call_notify(store, event, config, memory).await
        })
        .await
    }

    /// What a notifier posts is no effect of the deployment.
    pub(super) async fn notifier<T: Returned>(
        self,
        world: &PluginExport,
        call: impl AsyncFnOnce(&Guest, &mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<T, CallError> {
        let PluginExport::Notifier(pre) = world else {
            return Err(CallError::Trap("it is a step, not a notifier".into()));
        };
        let bind =
            |store: &mut Store<State>, instance: &Instance| binding::Notices::new(store, instance);
        let given = (Writes::Messages, None);
        self.run(pre.instance_pre(), given, bind, async |notices, store| {
            call(notices.deployhost_plugin_notifier(), store).await
        })
        .await
    }
}
