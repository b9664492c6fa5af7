//! Runs deployments: locks, journal, notifications, the executor, and how each ended.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use deployhost_engine::{Event, Goal, Outcome, Release, RunSpec};
use tokio::sync::watch;

use super::journal_sink::JournalSink;
use super::live_notifications::LiveNotifications;
use super::loader::{Loader, released};
use super::notification_service::NotificationService;
use super::plugin_pins::{PlanPins, pinned};
use super::records::{HistoryUntil, history_in};
use super::root::Environment;
use super::{PluginPath, refused, target};
use crate::bind::PreparedPlan;
use crate::bound_plan::BoundEntry;
use crate::command_error::{self, CommandError, CommandErrorKind, Result};
use crate::command_hint::{self, CommandHint};
use crate::context::{self, ContextBuilder};
use crate::event_log::{EventLog, EventSubscriber, RecordError};
use crate::executor::{Confirm, Executor, same_plan};
use crate::history::History;
use crate::notify::{self, PlanSnapshot};
use crate::run_summary::RunSummary;
use deployhost_adapters::journal::Journal;
use deployhost_adapters::lock::{LockClaim, LockError, LockRequest, Locks};
use deployhost_adapters::lock_inheritance;
use deployhost_plan::{Entry, Plan};
use deployhost_policy::Diagnostic;

/// Acts on the signals that were caught: has them recorded, and the run stopped.
pub type Stopper = Box<dyn FnOnce(Arc<EventLog>, watch::Sender<bool>) + Send>;

/// Makes what looks on, from the target and the names of its steps.
pub type SubscriberFactory = dyn Fn(&str, &[String]) -> Box<dyn EventSubscriber>;

/// What is carried out of a plan's target.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// The plan as it is, with its values overridden: `step.key=value`, each.
    Plan { sets: Vec<String>, dry_run: bool },
    /// A release that the target had before, by its run; none: the one to go back to.
    Release { to: Option<String> },
}

impl Wanted {
    fn goal(&self) -> Goal {
        match self {
            Self::Plan { .. } => Goal::Deploy,
            Self::Release { .. } => Goal::Release,
        }
    }

    fn dry_run(&self) -> bool {
        matches!(self, Self::Plan { dry_run: true, .. })
    }

    fn sets(&self) -> &[String] {
        match self {
            Self::Plan { sets, .. } => sets,
            Self::Release { .. } => &[],
        }
    }

    /// The command that asks for it.
    fn command(&self) -> &'static str {
        match self {
            Self::Plan { .. } => "run",
            Self::Release { .. } => "rollback",
        }
    }
}

/// What one command asks for.
pub struct Deployment {
    /// As it was typed: it is quoted in advice.
    pub plan_file: PathBuf,
    pub wanted: Wanted,
    pub confirm: Box<dyn Confirm>,
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

/// Opens, carries out and settles runs.
pub struct Deployer {
    environment: Arc<Environment>,
}

impl Deployer {
    pub fn new(environment: Arc<Environment>) -> Self {
        Self { environment }
    }

    /// Carries out what is wanted; where that is refused, the plan's notifiers are told.
    pub async fn run(
        &self,
        plan: &Plan,
        plugin_path: &PluginPath,
        asked: Deployment,
    ) -> Result<Ended> {
        match self.prepare(plan, plugin_path, &asked).await {
            Ok(ready) => self.drive(ready, asked).await,
            Err(error) if asked.wanted.dry_run() => Err(error),
            Err(error) => {
                let service = NotificationService::new(&self.environment);
                let bytes = pinned(plan, plugin_path);
                Err(service
                    .refuse(error, asked.wanted.goal(), plan, bytes)
                    .await)
            }
        }
    }

    async fn prepare(
        &self,
        plan: &Plan,
        plugin_path: &PluginPath,
        asked: &Deployment,
    ) -> Result<PreparedRun> {
        let (environment, loader) = (&self.environment, Loader::new(&self.environment));
        let (target, wanted) = (target(plan), &asked.wanted);
        // While plugins are loaded, Docker is asked which version it is, and the past is read. What
        // comes of either, and that nothing does, is told by whoever needs it.
        let docker = environment.docker.clone();
        drop(tokio::spawn(async move { docker.reached().await }));
        let (beside, of) = (environment.clone(), target.clone());
        let past = tokio::task::spawn_blocking(move || HistoryUntil::read(&beside.state, &of).ok());
        let (resolved, loaded, to, pins) = match wanted {
            Wanted::Plan { .. } => {
                let pins = PlanPins::beside(plan)?;
                let found = |entry: &Entry| pins.found(plan, entry, plugin_path);
                let loaded = loader.load(plan, found).await?;
                (plan.clone(), loaded, None, Some(pins))
            }
            Wanted::Release { to } => {
                let to = self.find_release(&target, to.as_deref())?;
                let resolved = released(&to)?;
                let kept = |entry: &Entry| loader.kept(&to, entry);
                let loaded = loader.load(&resolved, kept).await?;
                (resolved, loaded, Some(to), None)
            }
        };
        let (automatic, retries) = (resolved.automatic_rollback, resolved.retries);
        let require = resolved.require.filter(|_| to.is_none());
        let bound = loader.bind(resolved, &loaded, wanted.sets()).await?;
        let past = past.await.ok().flatten().unwrap_or_default();
        if to.is_none() {
            self.render_early(&bound, &past.history);
        }
        loader.preflight(&bound).await?;
        let past = self.begin(&target, &bound, wanted, past)?;
        if let Some(pins) = pins {
            if !wanted.dry_run()
                && let Some(warning) = pins.keep(plan, &loaded)?
            {
                (asked.warn)(&warning);
            }
            for loaded in loaded.values() {
                environment.store.keep(&loaded.bytes).map_err(refused)?;
            }
        }
        let release = past.history.way_back();
        let back = match &release {
            Some(release) if automatic && !same_plan(release, &bound.resolved, &bound.plugins) => {
                Some(loader.bind_release(release).await?)
            }
            _ => None,
        };
        let steps = bound.bound_plan.steps.iter().map(BoundEntry::step);
        let pairs = wanted.sets().iter().filter_map(|set| set.split_once('='));
        let spec = RunSpec {
            run: past.run.clone(),
            goal: wanted.goal(),
            plan: bound.resolved.clone(),
            plugins: bound.plugins.clone(),
            steps: to
                .as_ref()
                .map_or_else(|| steps.collect(), |to| to.steps.clone()),
            confirm: plan.confirm.is_some(),
            dry_run: wanted.dry_run(),
            automatic,
            require,
            retries,
            release,
            to,
            unsettled: past.history.unsettled(),
            actor: environment.invocation.actor.clone(),
            sets: pairs
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
        };
        Ok(PreparedRun {
            target,
            past,
            spec,
            bound,
            back,
        })
    }

    /// Has Compose read its files as they lie there, while git looks for a newer commit.
    fn render_early(&self, bound: &PreparedPlan, past: &History) {
        let commit = past.commit().and_then(|json| context::commit(&json));
        let commit = commit.as_ref().map(|it| it.id.as_str());
        let steps = bound.bound_plan.steps.iter();
        for grant in steps.flat_map(|step| &step.grants.compose) {
            if let Ok(project) = grant.project_at(commit) {
                self.environment.compose.render_early(project);
            }
        }
    }

    fn find_release(&self, target: &str, to: Option<&str>) -> Result<Release> {
        let history = history_in(&self.environment.state, target)?;
        history.wanted(to).map_err(|why| {
            CommandError::refused("release.none", format!("{target}: {why}"))
                .help("see deployhost history: every run that succeeded made a release")
        })
    }

    /// Takes the locks, opens the journal, settles what a killed run left open.
    fn begin(
        &self,
        target: &str,
        bound: &PreparedPlan,
        wanted: &Wanted,
        past: HistoryUntil,
    ) -> Result<OpenedRun> {
        let environment = &self.environment;
        // A dry run changes neither, and leaves no trace outside the state folder.
        let changes = !wanted.dry_run();
        let trees = bound.trees().filter(|_| changes).map(Path::to_owned);
        let projects = bound.projects().filter(|_| changes).map(str::to_owned);
        let run = uuid::Uuid::now_v7().to_string();
        let locks = Locks::take(
            &environment.state,
            LockClaim {
                run: &run,
                command: wanted.command(),
            },
            LockRequest {
                target,
                trees: &trees.collect::<Vec<_>>(),
                projects: &projects.collect::<Vec<_>>(),
                docker_socket: environment.docker_socket.as_deref(),
            },
        )
        .map_err(locked)?;
        lock_inheritance::inherit_locks(locks);
        let mut journal = Journal::open(&environment.state).map_err(refused)?;
        let mut history = past.until_now(journal.history(), target)?;
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
            history = HistoryUntil::default().until_now(journal.history(), target)?;
        }
        Ok(OpenedRun {
            run,
            journal,
            history,
        })
    }

    async fn drive(&self, ready: PreparedRun, asked: Deployment) -> Result<Ended> {
        let PreparedRun {
            target,
            past,
            spec,
            bound,
            back,
        } = ready;
        let environment = &self.environment;
        let redactor = bound.redactor(back.as_ref())?;
        let hidden = |text: &String| redactor.redact(text).into_owned();
        let context_builder = ContextBuilder {
            run: past.run.clone(),
            actor: spec.actor.as_ref().map(hidden),
            last: past.history.last_pins(),
            previous: past.history.commit(),
            triggered: environment.invocation.commit.clone(),
        };
        let forward = Arc::new(bound.bound_plan);
        let (queue, workers) = notify::subscribe(notify::NotificationSource {
            snapshot: PlanSnapshot::read(&spec.plan),
            context_builder: context_builder.clone(),
            state: environment.named_state.clone(),
        });
        let names: Vec<String> = spec.steps.iter().map(|step| step.name.clone()).collect();
        let mut subscribers: Vec<Box<dyn EventSubscriber>> = vec![(asked.watch)(&target, &names)];
        let dry_run = spec.dry_run;
        if !dry_run {
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
        let live_notifications = (!dry_run)
            .then(|| LiveNotifications::begin(environment, &target, workers, &forward, &event_log));
        let previous = context_builder.previous.clone();
        let executor = Executor {
            sandbox: environment.sandbox.clone(),
            ports: environment.ports.clone(),
            event_log: event_log.clone(),
            forward: forward.clone(),
            back: back.map(|back| Arc::new(back.bound_plan)),
            looks_for: None,
            context_builder,
            confirm: asked.confirm,
            stop: stopped.clone(),
        };
        executor.run().await.map_err(broken)?;
        lock_inheritance::release();
        let untold = match live_notifications {
            Some(live_notifications) => live_notifications.linger(&event_log, stopped).await,
            None => 0,
        };
        event_log.flush().map_err(broken)?;
        let hint = CommandHint {
            plan: &asked.plan_file.display().to_string(),
            state: environment.named_state(),
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

fn locked(problem: LockError) -> CommandError {
    match problem {
        LockError::LockHeld(held) => CommandError::new(CommandErrorKind::Locked, held.diagnostic()),
        other => refused(other),
    }
}

fn broken(broken: RecordError) -> CommandError {
    CommandError::new(CommandErrorKind::Host, broken)
}
