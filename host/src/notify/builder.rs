//! A run's event as notifiers are told it: made from the run alone, at once or much later.

use std::path::Path;

use deployhost_engine::{Goal, Pass, Role, Run};

use deployhost_policy::Diagnostic;
use deployhost_policy::short_id::short_run;

use super::plan_snapshot::PlanSnapshot;
use super::step_timings::StepTimings;
use crate::command_hint::CommandHint;
use crate::context::ContextBuilder;
use crate::run_summary::{self, RunSummary};
use deployhost_runtime::sandbox::NotifierEvent;

/// Everything that a run's notices are made of.
pub struct NotificationBuilder<'a> {
    pub run: &'a Run,
    pub step_timings: &'a StepTimings,
    pub snapshot: &'a PlanSnapshot,
    pub context_builder: &'a ContextBuilder,
    /// The state folder, where it was named: the commands that are told name it, too.
    pub state: Option<&'a Path>,
    /// It is told by a later command.
    pub late: bool,
}

impl NotificationBuilder<'_> {
    /// `problem`: what the event itself says went wrong.
    pub fn event(
        &self,
        kind: &str,
        at_unix_ms: u64,
        problem: Option<&Diagnostic>,
        notifier: &str,
    ) -> NotifierEvent {
        let Self {
            run,
            context_builder,
            ..
        } = self;
        let about = self.snapshot.about();
        let pass = match run.release_for(Pass::Back) {
            Some(_) => Pass::Back,
            None => Pass::Forward,
        };
        // A failed attempt is told by the commit that was attempted; a way back, by both.
        let told_pass = if kind == "rolled-back" {
            pass
        } else {
            Pass::Forward
        };
        let mut context = context_builder.context_at(at_unix_ms, run, told_pass, &about, notifier);
        // A run that ends before a step could say its commit was about the job's. A rollback never is.
        if context.commit.is_none() && told_pass == Pass::Forward && run.spec().goal == Goal::Deploy
        {
            context.commit = context_builder.triggered.clone();
        }
        if let (Pass::Back, Some(tried)) = (told_pass, run_summary::commit(run, Pass::Forward)) {
            context.details.push(("tried".to_owned(), tried.id));
        }
        context.details.extend(self.details());
        let hint = CommandHint {
            plan: &self.snapshot.file,
            state: self.state,
        };
        let summary = RunSummary::of(run, &about, &hint, context_builder.previous.as_deref());
        let (failed, by_hand) = match summary {
            Some(summary) => (summary.problem, summary.by_hand),
            None => Default::default(),
        };
        NotifierEvent {
            kind: kind.to_owned(),
            context,
            at_unix_ms,
            duration_ms: self.step_timings.since_begin(at_unix_ms),
            evidence: run
                .evidence()
                .map_or(String::new(), |e| e.as_str().to_owned()),
            steps: run
                .steps(Pass::Forward)
                .iter()
                .map(|step| self.step(&step.name, step.role))
                .collect(),
            problem: join_problems(failed, problem).map(Into::into),
            by_hand,
        }
    }

    fn details(&self) -> Vec<(String, String)> {
        let mut details = commands(self.snapshot, self.state, Some(&self.context_builder.run));
        if let Some(signal) = self.run.signal() {
            details.push(("signal".to_owned(), signal.to_string()));
        }
        if self.late {
            details.push(("late".to_owned(), "true".to_owned()));
        }
        details
    }

    fn step(&self, name: &str, role: Role) -> (String, String) {
        let run = self.run;
        let receipt = run
            .receipts(Pass::Forward)
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, receipt)| receipt.summary.as_str());
        let failed = run.failure().is_some_and(|failure| failure.step == name);
        let (state, summary) = match (self.step_timings.running(name), receipt) {
            (Some(said), _) => ("running", said),
            (None, summary) if failed => ("failed", summary),
            (None, Some(summary)) => ("done", Some(summary)),
            (None, None) => ("not-begun", None),
        };
        let actions = run
            .proposals()
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, proposal)| {
                proposal
                    .actions
                    .iter()
                    .map(|act| [&act.what, &act.why])
                    .collect::<Vec<_>>()
            })
            .unwrap_or_default();
        let said = serde_json::json!({
            "state": state,
            "summary": summary,
            "ms": self.step_timings.took(name),
            "actions": actions,
            "role": role,
        });
        (name.to_owned(), said.to_string())
    }
}

/// A failed step's problem is said of the step; what the end itself adds to it is in its notes.
fn join_problems(failed: Option<Diagnostic>, end: Option<&Diagnostic>) -> Option<Diagnostic> {
    match (failed, end) {
        (Some(failed), Some(end)) => Some(Diagnostic {
            notes: end.notes.clone(),
            ..failed
        }),
        (failed, end) => failed.or_else(|| end.cloned()),
    }
}

/// What a notice says of the plan for whoever has to act: the word, and whole commands.
pub fn commands(
    snapshot: &PlanSnapshot,
    state: Option<&Path>,
    run: Option<&str>,
) -> Vec<(String, String)> {
    let hint = CommandHint {
        plan: &snapshot.file,
        state,
    };
    let mut details = Vec::new();
    if let Some(word) = &snapshot.confirm {
        details.push(("confirm".to_owned(), word.clone()));
    }
    details.push(("rollback".to_owned(), hint.rollback()));
    if let Some(run) = run {
        let run = short_run(run);
        details.push(("logs".to_owned(), hint.show(run)));
    }
    details
}

#[cfg(test)]
mod tests;
