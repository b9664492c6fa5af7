//! Calls a step plugin: the binding of `deployhost:plugin/step`.

use wasmtime::Store;
use wasmtime::component::Instance;

use super::call::PluginCall;
use super::call_error::CallError;
use super::plugin::{Plugin, PluginExport};
use super::size::{bounded, bounded_description, bounded_failure, bounded_problems, pairs, size};
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
        let said = self
            .run_step(plugin, pin, async |steps, store| {
                steps
                    .deployhost_plugin_step()
                    .call_plan(store, context, config, pin)
                    .await
            })
            .await?;
        match &said {
            Ok(proposal) => {
                bounded(size(&proposal.now) + size(&proposal.next))?;
                bounded(pairs(&proposal.outputs))?;
                bounded(pairs(&proposal.actions))?;
                bounded(proposal.by_hand.iter().map(String::len).sum())?;
            }
            Err(failure) => bounded_failure(failure)?,
        }
        Ok(said)
    }

    /// Has the step carried out.
    pub async fn apply(
        self,
        plugin: &Plugin,
        context: &run::Context,
        config: &str,
        pin: Option<&str>,
    ) -> CallAnswer<Receipt> {
        let said = self
            .run_step(plugin, pin, async |steps, store| {
                steps
                    .deployhost_plugin_step()
                    .call_apply(store, context, config, pin)
                    .await
            })
            .await?;
        match &said {
            Ok(receipt) => {
                bounded(size(&receipt.pin) + receipt.summary.len() + receipt.evidence.len())?;
                bounded(pairs(&receipt.outputs))?;
            }
            Err(failure) => bounded_failure(failure)?,
        }
        Ok(said)
    }

    /// Has the step taken back.
    pub async fn undo(
        self,
        plugin: &Plugin,
        context: &run::Context,
        config: &str,
        receipt: Option<&Receipt>,
    ) -> CallAnswer<()> {
        let said = self
            .run_step(plugin, None, async |steps, store| {
                steps
                    .deployhost_plugin_step()
                    .call_undo(store, context, config, receipt)
                    .await
            })
            .await?;
        if let Err(failure) = &said {
            bounded_failure(failure)?;
        }
        Ok(said)
    }

    /// Asks what the schema cannot say about a config.
    pub(super) async fn check_step(
        self,
        plugin: &Plugin,
        config: &str,
    ) -> Result<Vec<run::ConfigError>, CallError> {
        let problems = self
            .run_step(plugin, None, async |steps, store| {
                steps
                    .deployhost_plugin_step()
                    .call_check(store, config)
                    .await
            })
            .await?;
        bounded_problems(&problems)?;
        Ok(problems)
    }

    pub(super) async fn describe_step(
        self,
        plugin: &Plugin,
    ) -> Result<run::Description, CallError> {
        let said = self
            .run_step(plugin, None, async |steps, store| {
                steps.deployhost_plugin_step().call_describe(store).await
            })
            .await?;
        bounded_description(&said)?;
        Ok(said)
    }

    async fn run_step<T>(
        self,
        plugin: &Plugin,
        pin: Option<&str>,
        call: impl AsyncFnOnce(&binding::Steps, &mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<T, CallError> {
        let PluginExport::Step(pre) = &plugin.world else {
            return Err(CallError::Trap("it is a notifier, not a step".into()));
        };
        let bind =
            |store: &mut Store<State>, instance: &Instance| binding::Steps::new(store, instance);
        let given = (Writes::Changes, pin);
        self.run(pre.instance_pre(), given, bind, call).await
    }
}
