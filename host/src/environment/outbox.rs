//! Delivers what notifiers were to be told by earlier commands, with the very plans and plugins of
//! the runs that it is about.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use deployhost_engine::Event;
use tokio::time::Instant;

use super::journal_sink::JournalSink;
use super::loader::read_resolved_plan;
use super::notification_service::NotificationService;
use super::records::{history_in, targets_in};
use super::refused;
use super::root::Environment;
use crate::bound_plan::BoundEntry;
use crate::command_error::Result;
use crate::event_log::EventLog;
use crate::history::{History, RunRecord};
use crate::notify::{DeliveryError, LINGER, PendingNotification, list_pending};
use deployhost_adapters::journal::Journal;
use deployhost_adapters::lock::NotifierLease;
use deployhost_plan::Entry;
use deployhost_policy::Diagnostic;
use deployhost_policy::secret::Redactor;
use deployhost_policy::short_id::short_run;

/// How often it is looked whether the turn has come.
const LOOK: Duration = Duration::from_millis(50);

/// One notice, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryResult {
    pub target: String,
    pub run: String,
    pub kind: String,
    pub notifier: String,
    /// Why it was not delivered.
    pub why: Option<Diagnostic>,
}

impl DeliveryResult {
    /// None: the run is not over.
    fn of(
        target: &str,
        history: &History,
        pending: &PendingNotification,
        why: Option<Diagnostic>,
    ) -> Option<Self> {
        let past = history.runs.get(pending.run)?;
        Some(Self {
            target: target.to_owned(),
            run: past.id().to_owned(),
            kind: past.run.ended()?.as_str().to_owned(),
            notifier: pending.notifier.clone(),
            why,
        })
    }
}

impl fmt::Display for DeliveryResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            target,
            run,
            kind,
            notifier,
            why,
        } = self;
        write!(f, "{target} run {} {kind}, to {notifier}", short_run(run))?;
        match why {
            Some(why) => write!(f, ": {why}"),
            None => Ok(()),
        }
    }
}

/// What came of the pending notifications.
#[derive(Debug, Default)]
pub struct DrainReport {
    pub delivered: Vec<DeliveryResult>,
    /// Nothing but a person could deliver them: they are pending no longer.
    pub given_up: Vec<DeliveryResult>,
    /// Still pending.
    pub left: Vec<DeliveryResult>,
}

/// The pending notifications of an environment's targets.
#[derive(Clone, Copy)]
pub struct Outbox<'e> {
    environment: &'e Environment,
}

impl<'e> Outbox<'e> {
    pub fn new(environment: &'e Environment) -> Self {
        Self { environment }
    }

    /// Delivers everything that is pending, of every target in the state folder.
    pub async fn flush(self) -> Result<DrainReport> {
        let mut all = DrainReport::default();
        for target in self.targets()? {
            if list_pending(&self.history(&target)?).is_empty() {
                continue;
            }
            let drained = match self.lease(&target, Some(LINGER)).await? {
                Some(_lease) => self.drain(&target, None).await?,
                None => self.left_to_another(&target)?,
            };
            all.delivered.extend(drained.delivered);
            all.given_up.extend(drained.given_up);
            all.left.extend(drained.left);
        }
        Ok(all)
    }

    /// How many notifications are pending, of every target. What cannot be read has none.
    pub(super) fn count_pending(self) -> usize {
        let targets = self.targets().unwrap_or_default();
        let histories = targets.iter().flat_map(|target| self.history(target));
        histories.map(|history| list_pending(&history).len()).sum()
    }

    pub(super) fn targets(self) -> Result<Vec<String>> {
        targets_in(&self.environment.state)
    }

    fn history(self, target: &str) -> Result<History> {
        history_in(&self.environment.state, target)
    }

    /// Waits until nobody else delivers for a target. None: that was not so within `wait`.
    pub(super) async fn lease(
        self,
        target: &str,
        wait: Option<Duration>,
    ) -> Result<Option<NotifierLease>> {
        let since = Instant::now();
        loop {
            let lease = NotifierLease::take(&self.environment.state, target).map_err(refused)?;
            if lease.is_some() || wait.is_some_and(|wait| since.elapsed() >= wait) {
                return Ok(lease);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    fn left_to_another(self, target: &str) -> Result<DrainReport> {
        let history = self.history(target)?;
        let why = Diagnostic::new(
            "notifier.busy",
            "another command is telling the notifiers of this target",
        );
        let left = list_pending(&history)
            .iter()
            .filter_map(|pending| DeliveryResult::of(target, &history, pending, Some(why.clone())))
            .collect();
        Ok(DrainReport {
            left,
            ..DrainReport::default()
        })
    }

    /// Delivers what is pending of one target, in order, except for a run that delivers its own.
    /// Whoever calls it has the lease.
    pub(super) async fn drain(self, target: &str, but: Option<&str>) -> Result<DrainReport> {
        let history = self.history(target)?;
        let mut drained = DrainReport::default();
        let mut notifiers = Notifiers::new();
        // One that cannot be told now is not told the next thing before this one.
        let mut stuck: BTreeMap<String, Diagnostic> = BTreeMap::new();
        for pending in list_pending(&history) {
            let past = history.runs.get(pending.run);
            let Some(past) = past.filter(|past| Some(past.id()) != but) else {
                continue;
            };
            let said = match stuck.get(&pending.notifier) {
                Some(why) => Err(DeliveryError::Later(why.clone())),
                None => match self.bind(&mut notifiers, past, &pending.notifier).await {
                    Ok(bound) => {
                        let said = self
                            .deliver_pending(target, &history, &pending, &bound)
                            .await;
                        if let Err(DeliveryError::Later(why)) = &said {
                            stuck.insert(pending.notifier.clone(), why.clone());
                        }
                        said
                    }
                    Err(error) => Err(DeliveryError::Later(error.diagnostic)),
                },
            };
            let (to, why) = match said {
                Ok(()) => (&mut drained.delivered, None),
                Err(DeliveryError::Later(why)) => (&mut drained.left, Some(why)),
                Err(untold) => (&mut drained.given_up, Some(untold.into_problem())),
            };
            to.extend(DeliveryResult::of(target, &history, &pending, why));
        }
        Ok(drained)
    }

    /// A notifier as its run had it; many runs of one plan have the same.
    async fn bind(
        self,
        notifiers: &mut Notifiers,
        past: &RunRecord,
        name: &str,
    ) -> Result<Arc<(BoundEntry, Redactor)>> {
        let spec = past.run.spec();
        let key = (spec.plan.clone(), spec.plugins.clone(), name.to_owned());
        if let Some(known) = notifiers.get(&key) {
            return Ok(known.clone());
        }
        let whose = format!("run {}", short_run(&spec.run));
        let plan = read_resolved_plan(&spec.plan, &whose)?;
        let service = NotificationService::new(self.environment);
        let bytes = |entry: &Entry| service.loader().used(&spec.plugins, &whose, entry);
        let bound = Arc::new(service.bind(&plan, name, bytes).await?);
        notifiers.insert(key, bound.clone());
        Ok(bound)
    }

    /// Delivers one notice, and records that in the journal of its run.
    async fn deliver_pending(
        self,
        target: &str,
        history: &History,
        pending: &PendingNotification,
        bound: &(BoundEntry, Redactor),
    ) -> std::result::Result<(), DeliveryError> {
        let (notifier, redactor) = bound;
        let (Some(past), Some(event)) = (
            history.runs.get(pending.run),
            pending.event(history, self.environment.named_state()),
        ) else {
            return Ok(());
        };
        let journal_sink = JournalSink {
            journal: Journal::open(&self.environment.state)
                .map_err(|error| DeliveryError::Later(error.into()))?,
            target: target.to_owned(),
            run: past.id().to_owned(),
        };
        let event_log =
            EventLog::resume(past.run.clone(), Box::new(journal_sink), redactor.clone());
        let event_log = Arc::new(event_log);
        let client = NotificationService::new(self.environment).client(&event_log, &notifier.name);
        let said = client
            .tell(notifier, &event, pending.memory.as_deref())
            .await;
        let said = said.map_err(|untold| untold.redacted(redactor));
        let (ok, problem, memory) = match &said {
            Ok(memory) => (true, None, memory.clone().or(pending.memory.clone())),
            // Nothing is different from before it was tried.
            Err(DeliveryError::Later(_)) => return said.map(drop),
            Err(untold) => (false, Some(untold.problem().clone()), None),
        };
        let recorded = event_log.record(Event::Notified {
            notifier: notifier.name.clone(),
            kind: event.kind,
            ok,
            given_up: !ok,
            problem,
            memory,
        });
        recorded.map_err(|broken| DeliveryError::Later(broken.into()))?;
        said.map(drop)
    }
}

type Notifiers = BTreeMap<(String, Vec<(String, String)>, String), Arc<(BoundEntry, Redactor)>>;
