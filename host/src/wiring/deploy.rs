//! Runs a deployment in the house: locks, journal, notices, the drive, and how it ended.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use deployhost_engine::{Event, Goal, Opening, Outcome, Release};
use tokio::sync::watch;

use super::book::Book;
use super::house::{House, released};
use super::past::{past, replay};
use super::pins::{Pinned, pinned};
use super::telling::Telling;
use super::{Shelf, refused, target};
use crate::adapter::journal::Journal;
use crate::adapter::lock::{Claim, LockProblem, Locks, Wanted};
use crate::adapter::start;
use crate::bind::BoundPlan;
use crate::bundle::Bound;
use crate::config::{self, Plan};
use crate::context::Facts;
use crate::drive::{Confirm, Drive, same_plan};
use crate::ending::Ending;
use crate::error::{self, Error, Result};
use crate::history::History;
use crate::notices::{self, Meant};
use crate::scribe::{self, Scribe, Watch};
use crate::typed::{self, Typed};

/// Acts on the signals that were caught: has them recorded, and the run stopped.
pub type Stopper = Box<dyn FnOnce(Arc<Scribe>, watch::Sender<bool>) + Send>;

/// Makes what looks on, from the target and the names of its steps.
pub type Watcher = dyn Fn(&str, &[String]) -> Box<dyn Watch>;

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
    pub watch: Box<Watcher>,
    /// Told of what is no reason not to run.
    pub warn: fn(&str),
    /// Catches the signals that stop a run.
    pub signals: fn() -> std::io::Result<Stopper>,
}

/// How a run ended, for the last paragraph and the exit code.
pub struct Ended {
    pub ending: Option<Ending>,
    pub code: u8,
    /// Notices that are still to be delivered, of this run or another.
    pub untold: usize,
    /// The command that delivers them.
    pub flush: String,
}

impl House {
    /// Carries out a plan.
    pub async fn deploy(
        self: &Arc<Self>,
        plan: Plan,
        shelf: &Shelf,
        asked: Deployment,
    ) -> Result<Ended> {
        match self.planned(&plan, shelf, &asked).await {
            Ok(ready) => self.drive(ready, asked).await,
            Err(error) if asked.dry_run => Err(error),
            Err(error) => Err(self
                .refusing(error, Goal::Deploy, &plan, pinned(&plan, shelf))
                .await),
        }
    }

    async fn planned(&self, plan: &Plan, shelf: &Shelf, asked: &Deployment) -> Result<Ready> {
        let target = target(plan);
        let (automatic, retries, require) = (plan.automatic_rollback, plan.retries, plan.require);
        let pinned = Pinned::beside(plan)?;
        let loaded = self
            .load(plan, |entry| pinned.found(plan, entry, shelf))
            .await?;
        let bound = self.bind(plan.clone(), &loaded, &asked.sets).await?;
        self.equipped(&bound).await?;
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
        let opening = Opening {
            run: past.run.clone(),
            goal: Goal::Deploy,
            plan: bound.meant.clone(),
            plugins: bound.plugins.clone(),
            steps: bound.bundle.steps.iter().map(Bound::step).collect(),
            confirm: asked.confirmed,
            dry_run: asked.dry_run,
            automatic,
            require: require.map(evidence),
            retries,
            release,
            to: None,
            unsettled: past.history.unsettled(),
            actor: self.trigger.actor.clone(),
            sets: pairs(&asked.sets),
        };
        Ok(Ready {
            target,
            past,
            opening,
            bound,
            back,
        })
    }

    /// Carries out a release that the target had before.
    pub async fn roll_back(
        self: &Arc<Self>,
        plan: &Plan,
        to: Option<&str>,
        shelf: &Shelf,
        asked: Deployment,
    ) -> Result<Ended> {
        match self.released(plan, to, &asked).await {
            Ok(ready) => self.drive(ready, asked).await,
            Err(error) => Err(self
                .refusing(error, Goal::Release, plan, pinned(plan, shelf))
                .await),
        }
    }

    async fn released(&self, plan: &Plan, to: Option<&str>, asked: &Deployment) -> Result<Ready> {
        let target = target(plan);
        let history = past(Some(self.state.path()), &target)?;
        let to = history.wanted(to).map_err(|why| {
            Error::refused(format!("{target}: {why}"))
                .cure("see deployhost history: every run that succeeded made a release")
        })?;
        let meant = released(&to)?;
        let (automatic, retries) = (meant.automatic_rollback, meant.retries);
        let loaded = self.load(&meant, |entry| self.kept(&to, entry)).await?;
        let bound = self.bind(meant, &loaded, &[]).await?;
        self.equipped(&bound).await?;
        let past = self.begin(&target, &bound, asked)?;
        let release = past.history.way_back();
        let back = self.way_back(release.as_ref(), automatic, &bound).await?;
        let opening = Opening {
            run: past.run.clone(),
            goal: Goal::Release,
            plan: bound.meant.clone(),
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
            actor: self.trigger.actor.clone(),
            sets: Vec::new(),
        };
        Ok(Ready {
            target,
            past,
            opening,
            bound,
            back,
        })
    }

    /// What a rollback carries out, where it is automatic and another than what runs forward.
    async fn way_back(
        &self,
        release: Option<&Release>,
        automatic: bool,
        bound: &BoundPlan,
    ) -> Result<Option<BoundPlan>> {
        match release {
            Some(release) if automatic && !same_plan(release, &bound.meant, &bound.plugins) => {
                Ok(Some(self.back(release).await?))
            }
            _ => Ok(None),
        }
    }

    /// Takes the locks, opens the journal, settles what a killed run left open.
    fn begin(&self, target: &str, bound: &BoundPlan, asked: &Deployment) -> Result<Begun> {
        let command = asked.command;
        // A dry run changes neither, and leaves no trace outside the state folder.
        let (trees, projects): (&[PathBuf], &[String]) = match asked.dry_run {
            true => (&[], &[]),
            false => (&bound.trees, &bound.projects),
        };
        let run = uuid::Uuid::now_v7().to_string();
        let locks = Locks::take(
            &self.state,
            Claim { run: &run, command },
            Wanted {
                target,
                trees,
                projects,
                docker_socket: self.docker_socket.as_deref(),
            },
        )
        .map_err(locked)?;
        start::hold(locks);
        let mut journal = Journal::open(&self.state).map_err(refused)?;
        let mut history = replay(journal.history().read(target).map_err(refused)?)?;
        if let Some(open) = history.open_run() {
            // We hold its locks: it is dead, and so is every child of its that could change things.
            let settled = Event::Ended {
                outcome: Outcome::Interrupted,
                evidence: None,
                problem: None,
            };
            let bytes =
                serde_json::to_vec(&settled).map_err(|error| Error::host(error.to_string()))?;
            let id = open.id().to_owned();
            journal.append(target, &id, &[bytes]).map_err(refused)?;
            history = replay(journal.history().read(target).map_err(refused)?)?;
        }
        Ok(Begun {
            run,
            journal,
            history,
        })
    }

    async fn drive(self: &Arc<Self>, ready: Ready, asked: Deployment) -> Result<Ended> {
        let Ready {
            target,
            past,
            opening,
            bound,
            back,
        } = ready;
        let redactor = bound.redactor(back.as_ref())?;
        let hidden = |text: &String| redactor.redact(text).into_owned();
        let facts = Facts {
            run: past.run.clone(),
            actor: opening.actor.as_ref().map(hidden),
            last: past.history.last_pins(),
            previous: past.history.commit(),
            asked: BTreeMap::new(),
            triggered: self.trigger.commit.clone(),
        };
        let forward = Arc::new(bound.bundle);
        let plan_file = asked.plan_file.display().to_string();
        let (queue, desks) = notices::queue(notices::Source {
            meant: Meant::read(&opening.plan),
            facts: facts.clone(),
            state: self.named_state.clone(),
        });
        let names: Vec<String> = opening.steps.iter().map(|step| step.name.clone()).collect();
        let mut watchers: Vec<Box<dyn Watch>> = vec![(asked.watch)(&target, &names)];
        if !asked.dry_run {
            watchers.push(Box::new(queue));
        }
        let book = Book {
            journal: past.journal,
            target: target.clone(),
            run: past.run,
        };
        let stopper = (asked.signals)()
            .map_err(|error| Error::host(format!("signals cannot be caught: {error}")))?;
        let scribe =
            Scribe::open(opening.into(), Box::new(book), watchers, redactor).map_err(broken)?;
        let scribe = Arc::new(scribe);
        let (stop, stopped) = watch::channel(false);
        stopper(scribe.clone(), stop);
        let telling =
            (!asked.dry_run).then(|| Telling::begin(self, &target, desks, &forward, &scribe));
        let previous = facts.previous.clone();
        let drive = Drive {
            sandbox: self.sandbox.clone(),
            ports: self.ports.clone(),
            scribe: scribe.clone(),
            forward: forward.clone(),
            back: back.map(|back| Arc::new(back.bundle)),
            facts,
            confirm: asked.confirm,
            stop: stopped.clone(),
        };
        drive.run().await.map_err(broken)?;
        start::release();
        let untold = match telling {
            Some(telling) => telling.linger(self, &scribe, stopped).await,
            None => 0,
        };
        scribe.flush().map_err(broken)?;
        let typed = Typed {
            plan: &plan_file,
            state: self.named_state(),
        };
        Ok(scribe.look(|run| Ended {
            ending: Ending::of(run, &forward.about, &typed, previous.as_deref()),
            code: run
                .ended()
                .map_or(1, |outcome| error::exit_code(outcome, run.signal())),
            untold,
            flush: typed::flush(typed.state),
        }))
    }
}

/// Everything that a run needs to be opened.
struct Ready {
    target: String,
    past: Begun,
    opening: Opening,
    bound: BoundPlan,
    back: Option<BoundPlan>,
}

/// A run that may begin: nobody else has it, and what was open is settled.
struct Begun {
    run: String,
    journal: Journal,
    history: History,
}

fn evidence(asked: config::Evidence) -> deployhost_engine::Evidence {
    match asked {
        config::Evidence::Applied => deployhost_engine::Evidence::Applied,
        config::Evidence::Running => deployhost_engine::Evidence::Running,
        config::Evidence::Answering => deployhost_engine::Evidence::Answering,
        config::Evidence::Verified => deployhost_engine::Evidence::Verified,
    }
}

fn pairs(sets: &[String]) -> Vec<(String, String)> {
    sets.iter()
        .filter_map(|set| set.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

fn locked(problem: LockProblem) -> Error {
    match problem {
        LockProblem::Held(held) => Error::new(error::Kind::Locked, held.to_string()),
        other => refused(other),
    }
}

fn broken(broken: scribe::Broken) -> Error {
    match broken {
        scribe::Broken::Illegal(_) => {
            Error::host(broken.to_string()).cure("please report this with deployhost show --json")
        }
        scribe::Broken::Journal(_) => Error::new(error::Kind::Host, broken.to_string())
            .cure("make room on the disk, then run again: the run is settled then"),
    }
}
