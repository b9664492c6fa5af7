//! Looks whether a target still is as a release left it: its steps are asked what they would do to
//! bring the release about. Changes, fetches and journals nothing, and takes no lock.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use deployhost_engine::{Act, Goal, Outcome, Release, Role, RunSpec};
use deployhost_policy::Diagnostic;
use tokio::sync::watch;

use super::loader::Loader;
use super::refused;
use super::root::Environment;
use crate::command_error::Result;
use crate::context::ContextBuilder;
use crate::event_log::{EventLog, EventStore};
use crate::executor::{Confirm, Executor};
use crate::history::History;
use deployhost_adapters::git::KeptWork;
use deployhost_adapters::lock::{LockHeld, Locks};

/// What was seen of a target, and what was kept of its work trees.
#[derive(Debug, Clone)]
pub struct LookedAt {
    pub seen: SeenTarget,
    /// By work tree; none without anything.
    pub kept: Vec<(PathBuf, Vec<KeptWork>)>,
}

#[derive(Debug, Clone)]
pub enum SeenTarget {
    /// Nothing would have to be done.
    AsReleased,
    /// What would have to be done, by step.
    Differs(Vec<(String, Act)>),
    /// A step cannot tell.
    Unknown(Diagnostic),
}

/// The run that is under way on a target, or what it left behind.
pub fn under_way(environment: &Environment, target: &str) -> Result<Option<LockHeld>> {
    Locks::held(&environment.state, target).map_err(refused)
}

/// Whether the target is as the release left it.
pub async fn look(
    environment: &Arc<Environment>,
    history: &History,
    release: &Release,
) -> Result<LookedAt> {
    let loader = Loader::new(environment);
    let bound = loader.bind_to_look(release).await?;
    loader.preflight(&bound).await?;
    let mut kept = Vec::new();
    for tree in bound.trees() {
        let of_tree = environment.trees.git.kept(tree).await.map_err(refused)?;
        if !of_tree.is_empty() {
            kept.push((tree.to_owned(), of_tree));
        }
    }
    let redactor = bound.redactor(None)?;
    let changing = release.steps.iter().filter(|it| it.role == Role::Change);
    let spec = RunSpec {
        run: uuid::Uuid::now_v7().to_string(),
        goal: Goal::Deploy,
        plan: bound.resolved.clone(),
        plugins: bound.plugins.clone(),
        steps: changing.cloned().collect(),
        confirm: false,
        dry_run: true,
        automatic: false,
        require: None,
        retries: 0,
        release: None,
        to: None,
        unsettled: false,
        actor: None,
        sets: Vec::new(),
    };
    let context_builder = ContextBuilder {
        run: spec.run.clone(),
        actor: None,
        last: history.last_pins(),
        previous: release.commit.clone(),
        triggered: None,
    };
    let event_log = EventLog::open(spec.into(), Box::new(Nowhere), Vec::new(), redactor);
    let event_log = Arc::new(event_log.map_err(refused)?);
    let executor = Executor {
        sandbox: environment.sandbox.clone(),
        ports: environment.ports.clone(),
        event_log: event_log.clone(),
        forward: Arc::new(bound.bound_plan),
        back: None,
        looks_for: Some(release.clone()),
        context_builder,
        confirm: Box::new(Nobody),
        stop: watch::channel(false).1,
    };
    executor.run().await.map_err(refused)?;
    let seen = event_log.look(|run| {
        if run.ended() != Some(Outcome::Planned) {
            let lost = || Diagnostic::new("status.unknown", "the look came to no end");
            let failed = run.failure().map(|it| it.problem.clone().of(&it.step));
            return SeenTarget::Unknown(failed.unwrap_or_else(lost));
        }
        let proposals = run.proposals().iter();
        let differs: Vec<(String, Act)> = proposals
            .flat_map(|(step, it)| it.actions.iter().map(|act| (step.clone(), act.clone())))
            .collect();
        match differs.is_empty() {
            true => SeenTarget::AsReleased,
            false => SeenTarget::Differs(differs),
        }
    });
    Ok(LookedAt { seen, kept })
}

/// What is only looked at is not kept.
struct Nowhere;

impl EventStore for Nowhere {
    fn append(&mut self, _: &[Vec<u8>]) -> std::result::Result<(), Diagnostic> {
        Ok(())
    }
}

/// A look asks for no confirmation.
struct Nobody;

#[async_trait]
impl Confirm for Nobody {
    async fn ask(&self) -> std::result::Result<String, Diagnostic> {
        Err(Diagnostic::new(
            "confirmation.not-wanted",
            "nothing is to be confirmed",
        ))
    }
}
