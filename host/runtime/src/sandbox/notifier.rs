//! Calls a notifier plugin: the binding of `deployhost:plugin/notifier`.

use std::sync::Arc;

use super::call::{store, within};
use super::call_error::{CallError, Mismatch};
use super::engine::Sandbox;
use super::limits::Limits;
use super::plugin::{Description, Plugin, World};
use super::size::{bounded, bounded_description, bounded_failure, bounded_problems, size};
use super::state::{Granted, Ports, State};
use crate::capability::call::Call;
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

/// Everything around one call of a notifier.
pub struct NotifierCall<'a> {
    pub sandbox: &'a Sandbox,
    pub ports: &'a Ports,
    pub granted: &'a Granted,
    pub call: Arc<Call>,
    pub limits: Limits,
}

impl NotifierCall<'_> {
    /// Tells the notifier; it answers with what it wants to be given next time.
    pub async fn notify(
        self,
        plugin: &Plugin,
        event: &NotifierEvent,
        config: &str,
        memory: Option<&str>,
    ) -> Result<Result<Option<String>, Failure>, CallError> {
        let said = self
            .run(plugin, async |notices, store| {
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
    pub async fn check(
        self,
        plugin: &Plugin,
        config: &str,
    ) -> Result<Vec<run::Problem>, CallError> {
        let problems = self
            .run(plugin, async |notices, store| {
                notices
                    .deployhost_plugin_notifier()
                    .call_check(store, config)
                    .await
            })
            .await?;
        bounded_problems(&problems)?;
        Ok(problems)
    }

    pub(super) async fn describe(self, plugin: &Plugin) -> Result<Description, CallError> {
        let said = self
            .run(plugin, async |notices, store| {
                notices
                    .deployhost_plugin_notifier()
                    .call_describe(store)
                    .await
            })
            .await?;
        bounded_description(&said)?;
        Ok(said.into())
    }

    async fn run<T>(
        self,
        plugin: &Plugin,
        call: impl AsyncFnOnce(&binding::Notices, &mut wasmtime::Store<State>) -> wasmtime::Result<T>,
    ) -> Result<T, CallError> {
        let World::Notifier(pre) = &plugin.world else {
            return Err(CallError::Trap("it is a step, not a notifier".into()));
        };
        // What a notifier posts is no effect of the deployment.
        let state = State::new(
            self.call,
            self.ports,
            self.granted,
            false,
            &self.limits,
            None,
        )?;
        let store = store(&self.sandbox.engine, state, &self.limits);
        within(store, &self.limits, async |store| {
            let instance = pre.instance_pre().instantiate_async(&mut *store).await?;
            let notices = binding::Notices::new(&mut *store, &instance).map_err(Mismatch::of)?;
            call(&notices, store).await
        })
        .await
    }
}
