//! Calls a step plugin: the binding of `deployhost:plugin/step`.

use std::sync::Arc;

use super::call::{store, within};
use super::call_error::{CallError, Mismatch};
use super::engine::Sandbox;
use super::limits::Limits;
use super::plugin::{Description, Plugin, World};
use super::size::{bounded, bounded_description, bounded_failure, bounded_problems, pairs, size};
use super::state::{Granted, Ports, State};
use crate::capability::call::Call;
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

/// Everything around one call of a step: what it may use and for how long.
pub struct StepCall<'a> {
    pub sandbox: &'a Sandbox,
    pub ports: &'a Ports,
    pub granted: &'a Granted,
    pub call: Arc<Call>,
    pub limits: Limits,
}

/// What a plugin said, or how it broke.
type CallAnswer<T> = Result<Result<T, Failure>, CallError>;

impl StepCall<'_> {
    /// Asks what the step would do.
    pub async fn plan(
        self,
        plugin: &Plugin,
        context: &run::Context,
        config: &str,
        pin: Option<&str>,
    ) -> CallAnswer<Proposal> {
        let said = self
            .run(plugin, pin, async |steps, store| {
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
            .run(plugin, pin, async |steps, store| {
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
            .run(plugin, None, async |steps, store| {
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
    pub async fn check(
        self,
        plugin: &Plugin,
        config: &str,
    ) -> Result<Vec<run::Problem>, CallError> {
        let problems = self
            .run(plugin, None, async |steps, store| {
                steps
                    .deployhost_plugin_step()
                    .call_check(store, config)
                    .await
            })
            .await?;
        bounded_problems(&problems)?;
        Ok(problems)
    }

    pub(super) async fn describe(self, plugin: &Plugin) -> Result<Description, CallError> {
        let said = self
            .run(plugin, None, async |steps, store| {
                steps.deployhost_plugin_step().call_describe(store).await
            })
            .await?;
        bounded_description(&said)?;
        Ok(said.into())
    }

    async fn run<T>(
        self,
        plugin: &Plugin,
        pin: Option<&str>,
        call: impl AsyncFnOnce(&binding::Steps, &mut wasmtime::Store<State>) -> wasmtime::Result<T>,
    ) -> Result<T, CallError> {
        let World::Step(pre) = &plugin.world else {
            return Err(CallError::Trap("it is a notifier, not a step".into()));
        };
        let state = State::new(self.call, self.ports, self.granted, true, &self.limits, pin)?;
        let store = store(&self.sandbox.engine, state, &self.limits);
        within(store, &self.limits, async |store| {
            let instance = pre.instance_pre().instantiate_async(&mut *store).await?;
            let steps = binding::Steps::new(&mut *store, &instance).map_err(Mismatch::of)?;
            call(&steps, store).await
        })
        .await
    }
}
