//! What is known of a run at its end, for the files that a job hands to its steps.

use std::sync::{Arc, Mutex, PoisonError};

use deployhost_engine::{Act, Event, Pass, Run};

use crate::event_log::EventSubscriber;
use crate::run_summary;
use deployhost_runtime::capability::run::Commit;

/// How a run ended, step by step.
#[derive(Debug, Clone, Default)]
pub struct Report {
    pub target: String,
    pub run: String,
    pub outcome: String,
    pub evidence: String,
    /// The commit that it was about.
    pub commit: Option<Commit>,
    pub steps: Vec<ReportRow>,
    /// Of the way back; empty where there was none.
    pub back: Vec<ReportRow>,
}

/// One step. What it logged is not in here: that is the log's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRow {
    pub mark: &'static str,
    pub step: String,
    pub text: String,
}

impl Report {
    fn of(target: &str, run: &Run) -> Self {
        let word = run.ended().map_or("open", |outcome| outcome.as_str());
        let evidence = run.evidence().map_or("", |evidence| evidence.as_str());
        Self {
            target: target.to_owned(),
            run: run.spec().run.clone(),
            outcome: word.to_owned(),
            evidence: evidence.to_owned(),
            commit: run_summary::commit(run, Pass::Forward),
            steps: rows(run, Pass::Forward),
            back: back(run),
        }
    }
}

/// The steps that the way back is about: those of which the release has a pin, and those that came
/// after. What was only undone is not among them.
fn back(run: &Run) -> Vec<ReportRow> {
    let Some(release) = run.release_for(Pass::Back) else {
        return Vec::new();
    };
    let receipts = run.receipts(Pass::Back);
    let mut rows = rows(run, Pass::Back);
    rows.retain(|row| {
        release.pins.iter().any(|(step, _)| *step == row.step)
            || receipts.iter().any(|(step, _)| *step == row.step)
    });
    rows
}

fn rows(run: &Run, pass: Pass) -> Vec<ReportRow> {
    let steps = run.steps(pass).iter();
    steps
        .map(|step| {
            let (mark, text) = result_of(run, pass, &step.name);
            ReportRow {
                mark,
                step: step.name.clone(),
                text,
            }
        })
        .collect()
}

fn result_of(run: &Run, pass: Pass, step: &str) -> (&'static str, String) {
    let failure = run.failure();
    if let Some(failure) = failure.filter(|it| pass == Pass::Forward && it.step == step) {
        return ("❌", failure.problem.to_string());
    }
    let mut receipts = run.receipts(pass).iter();
    if let Some((_, receipt)) = receipts.find(|(own, _)| own == step) {
        return ("✅", receipt.summary.clone());
    }
    if pass == Pass::Back {
        return ("–", "not brought back".into());
    }
    let proposals = run.proposals().iter();
    let planned = |act: &Act| act.what.clone();
    let actions: Vec<String> = proposals
        .filter(|(own, _)| own == step)
        .flat_map(|(_, proposal)| proposal.actions.iter().map(planned))
        .collect();
    match actions.is_empty() {
        true => ("–", "not begun".into()),
        false => ("–", format!("not begun: {}", actions.join(", "))),
    }
}

/// Looks on beside another watcher, and keeps how it ended.
pub struct Reporter {
    target: String,
    beside: Box<dyn EventSubscriber>,
    kept: ReportSlot,
}

/// Where the report lies when the run is over.
pub type ReportSlot = Arc<Mutex<Option<Report>>>;

impl Reporter {
    pub fn new(target: &str, beside: Box<dyn EventSubscriber>, kept: ReportSlot) -> Self {
        Self {
            target: target.to_owned(),
            beside,
            kept,
        }
    }
}

impl EventSubscriber for Reporter {
    fn event(&mut self, event: &Event, run: &Run) {
        self.beside.event(event, run);
        if let Event::Ended { .. } = event {
            let report = Report::of(&self.target, run);
            *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(report);
        }
    }
}

#[cfg(test)]
mod tests;
