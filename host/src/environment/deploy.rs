//! Runs a deployment: locks, journal, notifications, the executor, and how it ended.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use deployhost_engine::{Event, Goal, Outcome, Release, RunSpec};
use tokio::sync::watch;

use super::journal_sink::JournalSink;
use super::live_notifications::LiveNotifications;
use super::plugin_pins::{PlanPins, pinned};
use super::records::{read_history, replay};
use super::root::{Environment, released};
use super::{PluginPath, refused, target};
use crate::bind::PreparedPlan;
use crate::bound_plan::BoundEntry;
use crate::command_error::{self, CommandError, CommandErrorKind, Result};
use crate::command_hint::{self, CommandHint};
use crate::context::ContextBuilder;
use crate::event_log::{self, EventLog, EventSubscriber};
use crate::executor::{Confirm, Executor, same_plan};
use crate::history::History;
use crate::notify::{self, PlanSnapshot};
use crate::run_summary::RunSummary;
use deployhost_adapters::journal::Journal;
use deployhost_adapters::lock::{LockClaim, LockError, LockRequest, Locks};
use deployhost_adapters::lock_inheritance;
use deployhost_plan::Plan;
use deployhost_policy::Diagnostic;

/// Acts on the signals that were caught: has them recorded, and the run stopped.
pub type Stopper = Box<dyn FnOnce(Arc<EventLog>, watch::Sender<bool>) + Send>;

/// Makes what looks on, from the target and the names of its steps.
pub type SubscriberFactory = dyn Fn(&str, &[String]) -> Box<dyn EventSubscriber>;

/// What one command asks for.
pub struct Deployment {
    /// As it was typed: it is quoted in advice.
    pub plan_file: PathBuf,
    pub confirm: Box<dyn Confirm>,
    /// The plan wants a confirmation.
    pub confirmed: bool,
    pub dry_run: bool,
    /// `step.key=value`, each.
    pub sets: Vec<String>,
    pub command: &'static str,
    pub watch: Box<SubscriberFactory>,
    /// Told of what is no reason not to run.
    pub warn: fn(&Diagnostic),
    /// Catches the signals that stop a run.
    pub signals: fn() -> std::io::Result<Stopper>,
}

/// How a run ended, for the last paragraph and the exit code.
pub struct Ended {
    pub summary: Option<RunSummary>,
    pub code: u8,
    /// Notices that are still to be delivered, of this run or another.
    pub untold: usize,
    /// The command that delivers them.
    pub flush: String,
}

impl Environment {
    /// Carries out a plan.
    pub async fn deploy(
        self: &Arc<Self>,
        plan: Plan,
        plugin_path: &PluginPath,
        asked: Deployment,
    ) -> Result<Ended> {
        match self.planned(&plan, plugin_path, &asked).await {
            Ok(ready) => self.drive(ready, asked).await,
            Err(error) if asked.dry_run => Err(error),
            Err(error) => Err(self
                .refusing(error, Goal::Deploy, &plan, pinned(&plan, plugin_path))
                .await),
        }
    }

    async fn planned(
        &self,
        plan: &Plan,
        plugin_path: &PluginPath,
        asked: &Deployment,
    ) -> Result<PreparedRun> {
        let target = target(plan);
        let (automatic, retries, require) = (plan.automatic_rollback, plan.retries, plan.require);
        let pinned = PlanPins::beside(plan)?;
        let loaded = self
            .load(plan, |entry| pinned.found(plan, entry, plugin_path))
            .await?;
        let bound = self.bind(plan.clone(), &loaded, &asked.sets).await?;
        self.preflight(&bound).await?;
        let past = self.begin(&target, &bound, asked)?;
        if !asked.dry_run
            && let Some(warning) = pinned.keep(plan, &loaded)?
        {
            (asked.warn)(&warning);
        }
        for loaded in loaded.values() {
            self.store.keep(&loaded.bytes).map_err(refused)?;
        }
        let release = past.history.way_back();
        let back = self.way_back(release.as_ref(), automatic, &bound).await?;
        let spec = RunSpec {
            run: past.run.clone(),
            goal: Goal::Deploy,
            plan: bound.resolved.clone(),
            plugins: bound.plugins.clone(),
            steps: bound
                .bound_plan
                .steps
                .iter()
                .map(BoundEntry::step)
                .collect(),
            confirm: asked.confirmed,
            dry_run: asked.dry_run,
            automatic,
            require,
            retries,
            release,
            to: None,
            unsettled: past.history.unsettled(),
            actor: self.invocation.actor.clone(),
            sets: pairs(&asked.sets),
        };
        Ok(PreparedRun {
            target,
            past,
            spec,
            bound,
            back,
        })
    }

    /// Carries out a release that the target had before.
    pub async fn roll_back(
        self: &Arc<Self>,
        plan: &Plan,
        to: Option<&str>,
        plugin_path: &PluginPath,
        asked: Deployment,
    ) -> Result<Ended> {
        match self.released(plan, to, &asked).await {
            Ok(ready) => self.drive(ready, asked).await,
            Err(error) => Err(self
                .refusing(error, Goal::Release, plan, pinned(plan, plugin_path))
                .await),
        }
    }

    async fn released(
        &self,
        plan: &Plan,
        to: Option<&str>,
        asked: &Deployment,
    ) -> Result<PreparedRun> {
        let target = target(plan);
        let history = read_history(Some(self.state.path()), &target)?;
        let to = history.wanted(to).map_err(|why| {
            CommandError::refused("release.none", format!("{target}: {why}"))
                .help("see deployhost history: every run that succeeded made a release")
        })?;
        let resolved = released(&to)?;
        let (automatic, retries) = (resolved.automatic_rollback, resolved.retries);
        let loaded = self.load(&resolved, |entry| self.kept(&to, entry)).await?;
        let bound = self.bind(resolved, &loaded, &[]).await?;
        self.preflight(&bound).await?;
        let past = self.begin(&target, &bound, asked)?;
        let release = past.history.way_back();
        let back = self.way_back(release.as_ref(), automatic, &bound).await?;
        let spec = RunSpec {
            run: past.run.clone(),
            goal: Goal::Release,
            plan: bound.resolved.clone(),
            plugins: bound.plugins.clone(),
            steps: to.steps.clone(),
            confirm: asked.confirmed,
            dry_run: false,
            automatic,
            require: None,
            retries,
            release,
            to: Some(to),
            unsettled: past.history.unsettled(),
            actor: self.invocation.actor.clone(),
            sets: Vec::new(),
        };
        Ok(PreparedRun {
            target,
            past,
            spec,
            bound,
            back,
        })
    }

    /// What a rollback carries out, where it is automatic and another than what runs forward.
    async fn way_back(
        &self,
        release: Option<&Release>,
        automatic: bool,
        bound: &PreparedPlan,
    ) -> Result<Option<PreparedPlan>> {
        match release {
            Some(release) if automatic && !same_plan(release, &bound.resolved, &bound.plugins) => {
                Ok(Some(self.back(release).await?))
            }
            _ => Ok(None),
        }
    }

    /// Takes the locks, opens the journal, settles what a killed run left open.
    fn begin(&self, target: &str, bound: &PreparedPlan, asked: &Deployment) -> Result<OpenedRun> {
        let command = asked.command;
        let trees: Vec<PathBuf> = bound.trees().map(Path::to_owned).collect();
        let projects: Vec<String> = bound.projects().map(str::to_owned).collect();
        // A dry run changes neither, and leaves no trace outside the state folder.
        let (trees, projects): (&[PathBuf], &[String]) = match asked.dry_run {
            true => (&[], &[]),
            false => (&trees, &projects),
        };
        let run = uuid::Uuid::now_v7().to_string();
        let locks = Locks::take(
            &self.state,
            LockClaim { run: &run, command },
            LockRequest {
                target,
                trees,
                projects,
                docker_socket: self.docker_socket.as_deref(),
            },
        )
        .map_err(locked)?;
        lock_inheritance::inherit_locks(locks);
        let mut journal = Journal::open(&self.state).map_err(refused)?;
        let mut history = replay(journal.history().read(target).map_err(refused)?)?;
        if let Some(open) = history.open_run() {
            // We hold its locks: it is dead, and so is every child of its that could change things.
            let settled = Event::Ended {
                outcome: Outcome::Interrupted,
                evidence: None,
                problem: None,
            };
            let bytes = serde_json::to_vec(&settled)
                .map_err(|error| CommandError::host("event.unwritable", error.to_string()))?;
            let id = open.id().to_owned();
            journal.append(target, &id, &[bytes]).map_err(refused)?;
            history = replay(journal.history().read(target).map_err(refused)?)?;
        }
        Ok(OpenedRun {
            run,
            journal,
            history,
        })
    }

    async fn drive(self: &Arc<Self>, ready: PreparedRun, asked: Deployment) -> Result<Ended> {
        let PreparedRun {
            target,
            past,
            spec,
            bound,
            back,
        } = ready;
        let redactor = bound.redactor(back.as_ref())?;
        let hidden = |text: &String| redactor.redact(text).into_owned();
        let context_builder = ContextBuilder {
            run: past.run.clone(),
            actor: spec.actor.as_ref().map(hidden),
            last: past.history.last_pins(),
            previous: past.history.commit(),
            asked: BTreeMap::new(),
            triggered: self.invocation.commit.clone(),
        };
        let forward = Arc::new(bound.bound_plan);
        let plan_file = asked.plan_file.display().to_string();
        let (queue, workers) = notify::subscribe(notify::NotificationSource {
            snapshot: PlanSnapshot::read(&spec.plan),
            context_builder: context_builder.clone(),
            state: self.named_state.clone(),
        });
        let names: Vec<String> = spec.steps.iter().map(|step| step.name.clone()).collect();
        let mut subscribers: Vec<Box<dyn EventSubscriber>> = vec![(asked.watch)(&target, &names)];
        if !asked.dry_run {
            subscribers.push(Box::new(queue));
        }
        let journal_sink = JournalSink {
            journal: past.journal,
            target: target.clone(),
            run: past.run,
        };
        let stopper = (asked.signals)().map_err(|error| {
            CommandError::host(
                "signals.unavailable",
                format!("signals cannot be caught: {error}"),
            )
        })?;
        let event_log = EventLog::open(spec.into(), Box::new(journal_sink), subscribers, redactor)
            .map_err(broken)?;
        let event_log = Arc::new(event_log);
        let (stop, stopped) = watch::channel(false);
        stopper(event_log.clone(), stop);
        let live_notifications = (!asked.dry_run)
            .then(|| LiveNotifications::begin(self, &target, workers, &forward, &event_log));
        let previous = context_builder.previous.clone();
        let drive = Executor {
            sandbox: self.sandbox.clone(),
            ports: self.ports.clone(),
            event_log: event_log.clone(),
            forward: forward.clone(),
            back: back.map(|back| Arc::new(back.bound_plan)),
            context_builder,
            confirm: asked.confirm,
            stop: stopped.clone(),
        };
        drive.run().await.map_err(broken)?;
        lock_inheritance::release();
        let untold = match live_notifications {
            Some(live_notifications) => live_notifications.linger(self, &event_log, stopped).await,
            None => 0,
        };
        event_log.flush().map_err(broken)?;
        let hint = CommandHint {
            plan: &plan_file,
            state: self.named_state(),
        };
        Ok(event_log.look(|run| Ended {
            summary: RunSummary::of(run, &forward.about, &hint, previous.as_deref()),
            code: run
                .ended()
                .map_or(1, |outcome| command_error::exit_code(outcome, run.signal())),
            untold,
            flush: command_hint::flush(hint.state),
        }))
    }
}

/// Everything that a run needs to be opened.
struct PreparedRun {
    target: String,
    past: OpenedRun,
    spec: RunSpec,
    bound: PreparedPlan,
    back: Option<PreparedPlan>,
}

/// A run that may begin: nobody else has it, and what was open is settled.
struct OpenedRun {
    run: String,
    journal: Journal,
    history: History,
}

fn pairs(sets: &[String]) -> Vec<(String, String)> {
    sets.iter()
        .filter_map(|set| set.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

fn locked(problem: LockError) -> CommandError {
    match problem {
        LockError::LockHeld(held) => CommandError::new(CommandErrorKind::Locked, held.diagnostic()),
        other => refused(other),
    }
}

fn broken(broken: event_log::RecordError) -> CommandError {
    CommandError::new(CommandErrorKind::Host, broken)
}
