//! What is true at the end of a run: what runs now, how sure that is, and what to do if that is
//! not what was asked.
//!
//! Built from the run alone, so that the terminal, `show`, `--json` and notices cannot disagree.

use deployhost_engine::{Evidence, Outcome, Pass, Run};
use deployhost_policy::Diagnostic;
use deployhost_policy::short_id::{short_commit, short_run};

use crate::bound_plan::PlanInfo;
use crate::command_hint::CommandHint;
use crate::context;
use deployhost_runtime::capability::run::Commit;

/// Most names of what runs something older.
const OLDER: usize = 10;

/// The last paragraph of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunSummary {
    pub outcome: Outcome,
    /// What runs now, in one sentence.
    pub now: String,
    /// What went wrong, said of its step.
    pub problem: Option<Diagnostic>,
    /// What to do next; commands stand alone on their line.
    pub advice: Vec<String>,
    /// Commands that put back what was there without us.
    pub by_hand: Vec<String>,
}

impl RunSummary {
    /// `previous`: the commit of the release before, as its step put it out.
    pub fn of(
        run: &Run,
        about: &PlanInfo,
        hint: &CommandHint,
        previous: Option<&str>,
    ) -> Option<Self> {
        let outcome = run.ended()?;
        let target = format!("{} ({})", about.plan, about.environment);
        let wanted = commit(run, Pass::Forward);
        let before = match run.release_for(Pass::Back) {
            Some(_) => commit(run, Pass::Back),
            None => None,
        }
        .or_else(|| context::commit(previous?));
        let proof = run.evidence().map_or("nothing was probed", proof);
        let place = match (&about.url, run.evidence()) {
            (Some(url), Some(Evidence::Answering | Evidence::Verified)) => format!(" at {url}"),
            _ => String::new(),
        };
        let wanted_name = name(wanted.as_ref());
        let before_name = match &before {
            Some(_) => name(before.as_ref()),
            None => "what ran before".into(),
        };
        let now = match outcome {
            Outcome::Succeeded => {
                let older = older(run);
                format!("{target} now runs {wanted_name}{place}: {proof}.{older}")
            }
            Outcome::Unchanged => {
                format!(
                    "{target} already ran {wanted_name}{place}, and nothing was touched: {proof}."
                )
            }
            Outcome::RolledBack if nothing_before(run) => format!(
                "Nothing was in place before on {target}, and what this run started is stopped again."
            ),
            Outcome::RolledBack => {
                format!("{target} is back on {before_name}{place}: {proof}.")
            }
            Outcome::NeedsOperator => format!(
                "{target} was changed and is not known to be restored; {}.",
                reached(run)
            ),
            Outcome::Cancelled => format!("{target} was not touched: it was not confirmed."),
            Outcome::Refused | Outcome::Failed => match &before {
                Some(_) => format!("Nothing had changed: {target} still runs {before_name}."),
                None => format!("Nothing had changed on {target}."),
            },
            Outcome::Planned => format!("{target} was not touched: this was a dry run."),
            Outcome::Interrupted => format!(
                "{target} was left as it was when the run was killed; {}.",
                reached(run)
            ),
        };
        let failure = run.failure();
        let failed = failure.map(|failure| failure.problem.clone().of(&failure.step));
        Some(Self {
            outcome,
            now,
            // All steps may have ended well, and what they showed not be enough.
            problem: failed.or_else(|| run.cause().cloned()),
            advice: advice(outcome, run, hint),
            by_hand: match outcome {
                Outcome::NeedsOperator | Outcome::Interrupted => by_hand(run),
                _ => Vec::new(),
            },
        })
    }
}

/// How sure we are, in words.
pub fn proof(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Applied => "applied, and nothing was probed since",
        Evidence::Running => {
            "its containers were seen running and stayed so; that it answers was not shown"
        }
        Evidence::Answering => "it answers as expected; nothing proves which build answered",
        Evidence::Verified => "verified, the answer carried this commit",
    }
}

fn advice(outcome: Outcome, run: &Run, hint: &CommandHint) -> Vec<String> {
    let id = short_run(&run.spec().run);
    let show = hint.show(id);
    let again = hint.run();
    match outcome {
        Outcome::Succeeded => vec![
            "If that is not what you wanted, go back to the release before:".into(),
            hint.rollback(),
        ],
        Outcome::Unchanged | Outcome::Planned => Vec::new(),
        Outcome::RolledBack | Outcome::Failed => {
            vec![
                "See what happened, mend it, and run again:".into(),
                show,
                again,
            ]
        }
        Outcome::NeedsOperator => vec![
            "See what happened, then go back to the last release:".into(),
            show,
            hint.rollback(),
        ],
        Outcome::Interrupted => vec!["Any next run settles it:".into(), again],
        Outcome::Cancelled => vec![
            "To deploy, confirm it:".into(),
            format!("{again} --confirm WORD"),
        ],
        Outcome::Refused => Vec::new(),
    }
}

/// How far the changing went, for whoever has to look.
fn reached(run: &Run) -> String {
    let applied = |pass| {
        run.receipts(pass)
            .iter()
            .map(|(step, _)| step.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (forward, back) = (applied(Pass::Forward), applied(Pass::Back));
    match (forward.is_empty(), back.is_empty()) {
        (true, true) => "no step had been completed".into(),
        (false, true) => format!("completed: {forward}; nothing was brought back"),
        (true, false) => format!("brought back: {back}"),
        (false, false) => format!("completed: {forward}; brought back: {back}"),
    }
}

/// The commands that its steps gave when they were planned, in the order of a way back: the plan's.
fn by_hand(run: &Run) -> Vec<String> {
    run.proposals()
        .iter()
        .flat_map(|(_, proposal)| proposal.by_hand.iter().cloned())
        .collect()
}

fn nothing_before(run: &Run) -> bool {
    run.release_for(Pass::Back)
        .is_some_and(|release| release.pins.is_empty())
}

/// What a step leaves out, and what therefore runs something older, as it has told.
fn older(run: &Run) -> String {
    let outputs = run.outputs(Pass::Forward);
    let told = outputs.iter().find(|(key, _)| key == "older");
    let names: Option<Vec<String>> = told.and_then(|(_, json)| serde_json::from_str(json).ok());
    let mut names = names.unwrap_or_default();
    names.truncate(OLDER);
    match names.is_empty() {
        true => String::new(),
        false => format!(
            " Not looked after, and as they were started before this commit: {}.",
            crate::convert::sanitize(&names.join(", "))
        ),
    }
}

/// The commit that a pass is about.
pub fn commit(run: &Run, pass: Pass) -> Option<Commit> {
    let outputs = run.outputs(pass);
    outputs
        .iter()
        .find(|(key, _)| key == "commit")
        .and_then(|(_, json)| context::commit(json))
        .or_else(|| context::commit(run.release_for(pass)?.commit.as_deref()?))
}

/// `abc1234 "Say hello"`.
pub fn name(commit: Option<&Commit>) -> String {
    match commit {
        Some(commit) if commit.subject.is_empty() => short_commit(&commit.id).to_owned(),
        Some(commit) => format!(
            "{} \"{}\"",
            short_commit(&commit.id),
            crate::convert::sanitize(&commit.subject)
        ),
        None => "what it was asked to run".into(),
    }
}

#[cfg(test)]
mod tests;
