//! Calls a notifier plugin: the binding of `deployhost:plugin/notifier`.

use wasmtime::Store;
use wasmtime::component::Instance;

use super::call::PluginCall;
use super::call_error::CallError;
use super::plugin::{Plugin, PluginExport};
use super::size::{bounded, bounded_description, bounded_failure, bounded_problems, size};
use super::state::State;
use crate::capability::http::Writes;
use crate::capability::run::{self, Failure};

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

impl PluginCall<'_> {
    /// Tells the notifier; it answers with what it wants to be given next time.
    pub async fn notify(
        self,
        plugin: &Plugin,
        event: &NotifierEvent,
        config: &str,
        memory: Option<&str>,
    ) -> Result<Result<Option<String>, Failure>, CallError> {
        let said = self
            .run_notifier(plugin, async |notices, store| {
                notices
                    .deployhost_plugin_notifier()
                    .call_notify(store, event, config, memory)
                    .await
            })
            .await?;
        match &said {
            Ok(memory) => bounded(size(memory))?,
            Err(failure) => bounded_failure(failure)?,
        }
        Ok(said)
    }

    /// Asks what the schema cannot say about a config.
    pub(super) async fn check_notifier(
        self,
        plugin: &Plugin,
        config: &str,
    ) -> Result<Vec<run::ConfigError>, CallError> {
        let problems = self
            .run_notifier(plugin, async |notices, store| {
                notices
                    .deployhost_plugin_notifier()
                    .call_check(store, config)
                    .await
            })
            .await?;
        bounded_problems(&problems)?;
        Ok(problems)
    }

    pub(super) async fn describe_notifier(
        self,
        plugin: &Plugin,
    ) -> Result<run::Description, CallError> {
        let said = self
            .run_notifier(plugin, async |notices, store| {
                notices
                    .deployhost_plugin_notifier()
                    .call_describe(store)
                    .await
            })
            .await?;
        bounded_description(&said)?;
        Ok(said)
    }

    /// What a notifier posts is no effect of the deployment.
    async fn run_notifier<T>(
        self,
        plugin: &Plugin,
        call: impl AsyncFnOnce(&binding::Notices, &mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<T, CallError> {
        let PluginExport::Notifier(pre) = &plugin.world else {
            return Err(CallError::Trap("it is a step, not a notifier".into()));
        };
        let bind =
            |store: &mut Store<State>, instance: &Instance| binding::Notices::new(store, instance);
        let given = (Writes::Messages, None);
        self.run(pre.instance_pre(), given, bind, call).await
    }
}
