//! Delivers what notifiers were to be told by earlier commands, with the very plans and plugins of
//! the runs that it is about.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use deployhost_engine::Event;
use tokio::time::Instant;

use super::book::Book;
use super::house::{House, as_meant};
use super::past::replay;
use super::refused;
use crate::adapter::journal::Journal;
use crate::adapter::lock::Turn;
use crate::bundle::Bound;
use crate::capability::secret::Redactor;
use crate::ending::brief;
use crate::error::Result;
use crate::history::{History, Past};
use crate::notices::{Debt, LINGER, Untold, owed};
use crate::scribe::Scribe;

/// How often it is looked whether the turn has come.
const LOOK: Duration = Duration::from_millis(50);

/// One notice, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub target: String,
    pub run: String,
    pub kind: String,
    pub notifier: String,
    /// Why it was not delivered.
    pub why: Option<String>,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            target,
            run,
            kind,
            notifier,
            why,
        } = self;
        write!(f, "{target} run {} {kind}, to {notifier}", brief(run))?;
        match why {
            Some(why) => write!(f, ": {why}"),
            None => Ok(()),
        }
    }
}

/// What came of the notices that were owed.
#[derive(Debug, Default)]
pub struct Settled {
    pub delivered: Vec<Told>,
    /// Nothing but a person could deliver them: they are owed no longer.
    pub given_up: Vec<Told>,
    /// Still owed.
    pub left: Vec<Told>,
}

/// Of every target.
pub type Flushed = Settled;

impl House {
    /// Tells everything that is owed, of every target in the state folder.
    pub async fn flush(&self) -> Result<Flushed> {
        let mut all = Settled::default();
        for target in self.targets()? {
            if owed(&self.history(&target)?).is_empty() {
                continue;
            }
            let settled = match self.turn(&target, Some(LINGER)).await? {
                Some(_turn) => self.settle(&target, None).await?,
                None => self.left_to_another(&target)?,
            };
            all.delivered.extend(settled.delivered);
            all.given_up.extend(settled.given_up);
            all.left.extend(settled.left);
        }
        Ok(all)
    }

    /// How many notices are owed, of every target. What cannot be read owes nothing.
    pub(super) fn owing(&self) -> usize {
        let targets = self.targets().unwrap_or_default();
        let histories = targets.iter().flat_map(|target| self.history(target));
        histories.map(|history| owed(&history).len()).sum()
    }

    pub(super) fn targets(&self) -> Result<Vec<String>> {
        match Journal::open_read(&self.state).map_err(refused)? {
            Some(journal) => journal.targets().map_err(refused),
            None => Ok(Vec::new()),
        }
    }

    fn history(&self, target: &str) -> Result<History> {
        match Journal::open_read(&self.state).map_err(refused)? {
            Some(journal) => replay(journal.read(target).map_err(refused)?),
            None => Ok(History::default()),
        }
    }

    /// Waits for the turn to tell of a target. None: it did not come within `wait`.
    pub(super) async fn turn(&self, target: &str, wait: Option<Duration>) -> Result<Option<Turn>> {
        let since = Instant::now();
        loop {
            let turn = Turn::take(&self.state, target).map_err(refused)?;
            if turn.is_some() || wait.is_some_and(|wait| since.elapsed() >= wait) {
                return Ok(turn);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    fn left_to_another(&self, target: &str) -> Result<Settled> {
        let history = self.history(target)?;
        let why = "another command is telling the notifiers of this target";
        let left = owed(&history)
            .iter()
            .filter_map(|debt| told(target, &history, debt, Some(why.to_owned())))
            .collect();
        Ok(Settled {
            left,
            ..Settled::default()
        })
    }

    /// Tells what is owed of one target, in order, but for a run that is telling itself. Whoever
    /// calls it has the turn.
    pub(super) async fn settle(&self, target: &str, but: Option<&str>) -> Result<Settled> {
        let history = self.history(target)?;
        let mut settled = Settled::default();
        let mut notifiers = Notifiers::new();
        // One that cannot be told now is not told the next thing before this one.
        let mut stuck: BTreeMap<String, String> = BTreeMap::new();
        for debt in owed(&history) {
            let past = history.runs.get(debt.run);
            let Some(past) = past.filter(|past| Some(past.id()) != but) else {
                continue;
            };
            let said = match stuck.get(&debt.notifier) {
                Some(why) => Err(Untold::Later(why.clone())),
                None => match self.bound(&mut notifiers, past, &debt.notifier).await {
                    Ok(bound) => {
                        let said = self.pay(target, &history, &debt, &bound).await;
                        if let Err(Untold::Later(why)) = &said {
                            stuck.insert(debt.notifier.clone(), why.clone());
                        }
                        said
                    }
                    Err(error) => Err(Untold::Later(error.to_string())),
                },
            };
            let (to, why) = match said {
                Ok(()) => (&mut settled.delivered, None),
                Err(Untold::Later(why)) => (&mut settled.left, Some(why)),
                Err(untold) => (&mut settled.given_up, Some(untold.why().to_owned())),
            };
            to.extend(told(target, &history, &debt, why));
        }
        Ok(settled)
    }

    /// A notifier as its run had it; many runs of one plan have the same.
    async fn bound(
        &self,
        notifiers: &mut Notifiers,
        past: &Past,
        name: &str,
    ) -> Result<Arc<(Bound, Redactor)>> {
        let opening = past.run.opening();
        let key = (
            opening.plan.clone(),
            opening.plugins.clone(),
            name.to_owned(),
        );
        if let Some(known) = notifiers.get(&key) {
            return Ok(known.clone());
        }
        let whose = format!("run {}", brief(&opening.run));
        let plan = as_meant(&opening.plan, &whose)?;
        let bound = self
            .notifier(&plan, name, |entry| {
                self.used(&opening.plugins, &whose, entry)
            })
            .await?;
        let bound = Arc::new(bound);
        notifiers.insert(key, bound.clone());
        Ok(bound)
    }

    /// Delivers one notice, and records that in the journal of its run.
    async fn pay(
        &self,
        target: &str,
        history: &History,
        debt: &Debt,
        bound: &(Bound, Redactor),
    ) -> std::result::Result<(), Untold> {
        let later = |why: &dyn fmt::Display| Untold::Later(why.to_string());
        let (notifier, redactor) = bound;
        let (Some(past), Some(event)) = (
            history.runs.get(debt.run),
            debt.event(history, self.named_state()),
        ) else {
            return Ok(());
        };
        let book = Book {
            journal: Journal::open(&self.state).map_err(|problem| later(&problem))?,
            target: target.to_owned(),
            run: past.id().to_owned(),
        };
        let scribe = Scribe::resume(past.run.clone(), Box::new(book), redactor.clone());
        let scribe = Arc::new(scribe);
        let teller = self.teller(&scribe, &notifier.name);
        let said = teller.tell(notifier, &event, debt.memory.as_deref()).await;
        let said = said.map_err(|untold| untold.redacted(redactor));
        let (ok, problem, memory) = match &said {
            Ok(memory) => (true, None, memory.clone().or(debt.memory.clone())),
            // Nothing is different from before it was tried.
            Err(Untold::Later(_)) => return said.map(drop),
            Err(untold) => (false, Some(untold.why().to_owned()), None),
        };
        let recorded = scribe.record(Event::Notified {
            notifier: notifier.name.clone(),
            kind: event.kind,
            ok,
            given_up: !ok,
            problem,
            memory,
        });
        recorded.map_err(|broken| later(&broken))?;
        said.map(drop)
    }
}

type Notifiers = BTreeMap<(String, Vec<(String, String)>, String), Arc<(Bound, Redactor)>>;

fn told(target: &str, history: &History, debt: &Debt, why: Option<String>) -> Option<Told> {
    let past = history.runs.get(debt.run)?;
    Some(Told {
        target: target.to_owned(),
        run: past.id().to_owned(),
        kind: past.run.ended()?.as_str().to_owned(),
        notifier: debt.notifier.clone(),
        why,
    })
}
