//! Tells notifiers beside a run, and of a refusal where there was to be one.

use std::path::Path;
use std::sync::Arc;

use deployhost_engine::{Event, Goal};
use futures_util::future::join_all;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, timeout, timeout_at};

use super::house::House;
use super::owed::Settled;
use super::past::past;
use super::target;
use crate::adapter::start;
use crate::bundle::{Bound, Bundle};
use crate::capability::call::Stop;
use crate::capability::secret::Redactor;
use crate::config::{Entry, Plan};
use crate::context::Facts;
use crate::error::{Error, Kind, Result};
use crate::notices::{self, Desk, LINGER, Meant, Silent, Teller, refusal};
use crate::sandbox::NoticeEvent;
use crate::scribe::{Scribe, StepRecord};

/// What is being told while a run is under way.
pub(super) struct Telling {
    /// What is owed of the run's target, then what happens in the run. True: all of it was told.
    own: JoinHandle<bool>,
    /// What is owed of other targets.
    others: JoinHandle<bool>,
}

impl Telling {
    pub(super) fn begin(
        house: &Arc<House>,
        target: &str,
        desks: Vec<Desk>,
        bundle: &Arc<Bundle>,
        scribe: &Arc<Scribe>,
    ) -> Self {
        let own = house
            .clone()
            .own(target.to_owned(), desks, bundle.clone(), scribe.clone());
        let others = house.clone().others(target.to_owned(), scribe.clone());
        Self {
            own: tokio::spawn(own),
            others: tokio::spawn(others),
        }
    }

    /// Waits for it, no longer than is decent, nor any more once it is told to stop; how many
    /// notices are left.
    pub(super) async fn linger(self, house: &House, scribe: &Scribe, mut stop: Stop) -> usize {
        let stopped = scribe.look(|run| run.signal().is_some());
        let done = async {
            let until = Instant::now() + LINGER;
            let mut all = true;
            for task in [self.own, self.others] {
                all &= matches!(timeout_at(until, task).await, Ok(Ok(true)));
            }
            all
        };
        let all = tokio::select! {
            all = done => all,
            // What stopped the run is no reason not to tell of that.
            _ = stop.wait_for(|stop| *stop), if !stopped => false,
        };
        // Counted where it is durable, since what was cut off cannot say how far it came.
        if all { 0 } else { house.owing() }
    }
}

impl House {
    async fn own(
        self: Arc<Self>,
        target: String,
        desks: Vec<Desk>,
        bundle: Arc<Bundle>,
        scribe: Arc<Scribe>,
    ) -> bool {
        // The run before may still be telling how it ended: that comes first.
        let turn = self.turn(&target, None).await;
        let mut all = match &turn {
            Ok(Some(_)) => self.settle_beside(&target, &scribe).await,
            _ => false,
        };
        let mut delivering = JoinSet::new();
        for desk in desks {
            let (house, bundle, scribe) = (self.clone(), bundle.clone(), scribe.clone());
            delivering.spawn(async move {
                let mut notifiers = bundle.notifiers.iter();
                let Some(notifier) = notifiers.find(|it| it.name == desk.notifier()) else {
                    return false;
                };
                let teller = house.teller(&scribe, &notifier.name);
                desk.deliver(notifier, &teller, &scribe).await
            });
        }
        while let Some(told) = delivering.join_next().await {
            all &= told.unwrap_or(false);
        }
        all
    }

    async fn others(self: Arc<Self>, but: String, scribe: Arc<Scribe>) -> bool {
        let mut all = true;
        for target in self.targets().unwrap_or_default() {
            if target == but {
                continue;
            }
            // Where somebody else is telling, it is theirs to say what is left.
            if let Ok(Some(_turn)) = self.turn(&target, Some(std::time::Duration::ZERO)).await {
                all &= self.settle_beside(&target, &scribe).await;
            }
        }
        all
    }

    /// Tells what is owed of a target, and notes that in the run under way.
    async fn settle_beside(&self, target: &str, scribe: &Scribe) -> bool {
        // It may have ended while it waited for its turn.
        let run = scribe.look(|run| run.opening().run.clone());
        let settled = match self.settle(target, Some(&run)).await {
            Ok(settled) => settled,
            Err(error) => {
                tracing::warn!(%error, target, "what is owed cannot be told");
                return false;
            }
        };
        for text in notes(&settled) {
            if let Err(broken) = scribe.record(Event::Note { text }) {
                tracing::warn!(%broken, "a note could not be journaled");
            }
        }
        settled.left.is_empty()
    }

    /// Writes what a notifier logs into the run's journal.
    pub(super) fn teller(&self, scribe: &Arc<Scribe>, notifier: &str) -> Teller {
        Teller {
            sandbox: self.sandbox.clone(),
            ports: self.ports.clone(),
            record: Arc::new(StepRecord {
                scribe: scribe.clone(),
                step: notifier.to_owned(),
            }),
        }
    }

    /// One for notices of no run.
    fn silent_teller(&self, redactor: &Redactor) -> Teller {
        Teller {
            sandbox: self.sandbox.clone(),
            ports: self.ports.clone(),
            record: Arc::new(Silent(Arc::new(redactor.clone()))),
        }
    }

    /// One notifier of a plan: whatever is wrong with the rest of it is no obstacle.
    pub(super) async fn notifier(
        &self,
        plan: &Plan,
        name: &str,
        bytes: impl Fn(&Entry) -> Result<(String, Vec<u8>)>,
    ) -> Result<(Bound, Redactor)> {
        let mut plan = plan.clone();
        plan.steps.clear();
        plan.notifiers.retain(|entry| entry.name.as_str() == name);
        let loaded = self.load(&plan, bytes).await?;
        let mut bound = self.bind(plan, &loaded, &[]).await?;
        let redactor = bound.redactor(None)?;
        let notifier = bound.bundle.notifiers.pop();
        let notifier = notifier.ok_or_else(|| Error::host(format!("no notifier {name}")))?;
        Ok((notifier, redactor))
    }

    /// Tells one notifier of a plan a notice of no run; why that was not possible, in words without
    /// secrets.
    pub(super) async fn tell(
        &self,
        plan: &Plan,
        name: &str,
        event: &NoticeEvent,
        bytes: impl Fn(&Entry) -> Result<(String, Vec<u8>)>,
    ) -> std::result::Result<(), String> {
        let bound = self.notifier(plan, name, bytes).await;
        let (notifier, redactor) = bound.map_err(|error| error.to_string())?;
        let mut event = event.clone();
        event.context.step = name.to_owned();
        let told = self
            .silent_teller(&redactor)
            .tell(&notifier, &event, None)
            .await;
        told.map(drop)
            .map_err(|untold| untold.redacted(&redactor).why().to_owned())
    }

    /// What notices of no run are made of: the plan, and who and what it is about.
    pub(super) fn known(&self, plan: &Plan) -> (Meant, Facts) {
        let meant = plan.as_meant().unwrap_or_default().to_string();
        let past = past(Some(self.state.path()), &target(plan)).unwrap_or_default();
        let facts = Facts {
            run: uuid::Uuid::now_v7().to_string(),
            actor: self.trigger.actor.clone(),
            triggered: self.trigger.commit.clone(),
            previous: past.commit(),
            ..Facts::default()
        };
        (Meant::read(&meant), facts)
    }

    pub(super) fn named_state(&self) -> Option<&Path> {
        self.named_state.as_deref()
    }

    /// A plan that was to be carried out cannot be: its notifiers are told, as far as they can be.
    /// The error, with a warning for each that was not.
    pub(super) async fn refusing(
        &self,
        error: Error,
        goal: Goal,
        plan: &Plan,
        bytes: impl Fn(&Entry) -> Result<(String, Vec<u8>)>,
    ) -> Error {
        if error.kind != Kind::Refused {
            return error;
        }
        // Nothing is under way any more.
        start::release();
        let (meant, mut facts) = self.known(plan);
        if goal == Goal::Release {
            // It is not the job's commit that could not be gone back to.
            facts.triggered = None;
        }
        let event = refusal(
            &meant,
            &facts,
            self.named_state(),
            notices::now(),
            (&error.to_string(), &error.hints),
        );
        let (event, bytes) = (&event, &bytes);
        let told = plan.notifiers.iter().map(|entry| async move {
            let name = entry.name.as_str();
            let tell = self.tell(plan, name, event, bytes);
            let late = || Err("it took too long".to_owned());
            let told = timeout(LINGER, tell).await.unwrap_or_else(|_| late());
            // Where it is the notifier that cannot be bound, that has been said.
            told.err()
                .filter(|why| *why != event.problem.as_deref().unwrap_or_default())
                .map(|why| format!("warning: {name} could not be told of this: {why}"))
        });
        let lost = join_all(told).await.into_iter().flatten();
        lost.fold(error, Error::hint)
    }
}

/// What a run says of what was owed.
fn notes(settled: &Settled) -> Vec<String> {
    let mut notes: Vec<String> = settled
        .given_up
        .iter()
        .map(|told| format!("given up: {told}"))
        .collect();
    match settled.delivered.as_slice() {
        [] => {}
        [one] => notes.push(format!("told late: {one}")),
        [first, ..] => notes.push(format!(
            "told late: {} notices of earlier runs of {}",
            settled.delivered.len(),
            first.target
        )),
    }
    notes
}
