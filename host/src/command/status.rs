//! `status`: looks at what a target runs, and says what differs from what was released.

use std::path::PathBuf;

use clap::Args;
use deployhost_engine::{Outcome, Pass, Release};
use serde_json::{Value, json};

use super::{StateArgs, output, time, wait};
use crate::command_error::Result;
use crate::command_hint::CommandHint;
use crate::environment::{self, Environment, LockHeld, SeenTarget};
use crate::history::{History, RunRecord};
use crate::run_summary;
use deployhost_plan::Plan;
use deployhost_policy::short_id::short_run;

/// Look at what a plan's target runs, and say what differs from what was released
///
/// Asks every step that changes something what it would do to bring the release about; fetches
/// nothing. Exits with 0 where what runs is what was released, 3 where it differs, 5 where it cannot
/// be told, 75 while a run is in progress, 2 where nothing was released.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// The plan of the target
    #[arg(long, value_name = "FILE")]
    plan: PathBuf,
    /// As one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    state: StateArgs,
}

/// What is known of a target now.
enum TargetStatus {
    /// No run has made a release.
    Nothing,
    InProgress(LockHeld),
    Seen(Release, SeenTarget),
}

pub fn run(args: &StatusArgs) -> Result<u8> {
    let plan = Plan::load(&args.plan)?;
    let target = environment::target(&plan);
    let history = environment::read_history(args.state.state.as_deref(), &target)?;
    let status = match history.runs.is_empty() {
        true => TargetStatus::Nothing,
        false => wait(look(args, &target, &history))?,
    };
    let report = StatusReport {
        args,
        target: &target,
        history: &history,
        status: &status,
    };
    match args.json {
        true => output::data(&report.json().to_string()),
        false => report.lines().iter().for_each(output::line),
    }
    Ok(status.code())
}

async fn look(args: &StatusArgs, target: &str, history: &History) -> Result<TargetStatus> {
    let environment = Environment::open(args.state.state.as_deref())?;
    if let Some(held) = environment::under_way(&environment, target)? {
        return Ok(TargetStatus::InProgress(held));
    }
    let Some(release) = history.release() else {
        return Ok(TargetStatus::Nothing);
    };
    let seen = environment::look(&environment, history, &release).await;
    let seen = seen.unwrap_or_else(|error| SeenTarget::Unknown(error.diagnostic));
    Ok(TargetStatus::Seen(release, seen))
}

impl TargetStatus {
    fn code(&self) -> u8 {
        match self {
            Self::Seen(_, SeenTarget::AsReleased) => 0,
            Self::Nothing => 2,
            Self::Seen(_, SeenTarget::Differs(_)) => 3,
            Self::Seen(_, SeenTarget::Unknown(_)) => 5,
            Self::InProgress(_) => 75,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Seen(_, SeenTarget::AsReleased) => "as-released",
            Self::Nothing => "nothing-released",
            Self::Seen(_, SeenTarget::Differs(_)) => "differs",
            Self::Seen(_, SeenTarget::Unknown(_)) => "unknown",
            Self::InProgress(_) => "in-progress",
        }
    }
}

struct StatusReport<'a> {
    args: &'a StatusArgs,
    target: &'a str,
    history: &'a History,
    status: &'a TargetStatus,
}

impl StatusReport<'_> {
    fn lines(&self) -> Vec<String> {
        let target = self.target;
        let hint = CommandHint {
            plan: &self.args.plan.to_string_lossy(),
            state: self.args.state.state.as_deref(),
        };
        let mut lines = match self.status {
            TargetStatus::Nothing if self.last().is_none() => {
                return vec![format!("{target} has never been deployed from here")];
            }
            TargetStatus::Nothing => vec![format!("{target}: no run from here has succeeded yet")],
            TargetStatus::InProgress(held) => vec![self.in_progress(held)],
            TargetStatus::Seen(release, SeenTarget::AsReleased) => {
                vec![format!("{target} runs {}", self.released(release))]
            }
            TargetStatus::Seen(release, SeenTarget::Differs(acts)) => {
                let mut lines = vec![format!("{target} differs from {}", self.released(release))];
                let width = acts.iter().map(|(step, _)| step.len()).max().unwrap_or(0);
                lines.extend(acts.iter().map(|(step, act)| {
                    format!("  {step:width$}  would {} — {}", act.what, act.why)
                }));
                lines.push("To bring it back:".to_owned());
                let to = short_run(&release.id);
                lines.push(format!("  {}", hint.rollback_to(to)));
                lines
            }
            TargetStatus::Seen(release, SeenTarget::Unknown(problem)) => vec![
                format!("{target}: what runs is not known: {problem}"),
                format!("last released: {}", self.released(release)),
            ],
        };
        lines.extend(self.last_run());
        lines
    }

    fn in_progress(&self, held: &LockHeld) -> String {
        let open = self.history.open_run();
        let step = open.and_then(|past| past.run.next().step().map(str::to_owned));
        let step = step.map_or(String::new(), |step| format!(": {step}"));
        match (&held.by, held.alive) {
            (Some(by), true) => format!(
                "{}: run {} is in progress since {} (pid {}, user {}){step}",
                self.target,
                short_run(&by.run),
                time::local(by.since_unix_ms),
                by.pid,
                by.user
            ),
            _ => format!("{}: {}", self.target, held.diagnostic().message),
        }
    }

    /// `6ea1f00 "Sell tea", released by run 01a2b3c4 at …, then verified`
    fn released(&self, release: &Release) -> String {
        let commit = release.commit.as_deref().and_then(crate::context::commit);
        let name = commit.map_or("its release".to_owned(), |commit| {
            run_summary::name(Some(&commit))
        });
        let at = self.released_at(release);
        let at = at.map_or(String::new(), |at| format!(" at {}", time::local(at)));
        let evidence = release.evidence;
        let then = evidence.map_or(String::new(), |it| format!(", then {it}"));
        format!(
            "{name}, released by run {}{at}{then}",
            short_run(&release.id)
        )
    }

    fn released_at(&self, release: &Release) -> Option<u64> {
        let mut runs = self.history.runs.iter();
        runs.find(|past| past.id() == release.id)?.ended_at()
    }

    fn last(&self) -> Option<&RunRecord> {
        let mut runs = self.history.runs.iter().rev();
        runs.find(|past| !past.run.spec().dry_run)
    }

    /// The last run, where it is neither the release's nor in progress.
    fn last_run(&self) -> Option<String> {
        let last = self.last()?;
        match self.status {
            TargetStatus::InProgress(_) => return None,
            TargetStatus::Seen(release, _) if release.id == last.id() => return None,
            _ => {}
        }
        let outcome = last.run.ended().map_or("was killed", Outcome::as_str);
        let tried = run_summary::commit(&last.run, Pass::Forward);
        let tried = tried.map_or(String::new(), |commit| {
            format!(": {}", run_summary::name(Some(&commit)))
        });
        Some(format!(
            "last run {} {outcome}{tried} at {}",
            short_run(last.id()),
            time::local(last.ended_at().unwrap_or(last.began_at()))
        ))
    }

    fn json(&self) -> Value {
        let release = self.history.release();
        let release = release.as_ref();
        let commit = release.and_then(|it| crate::context::commit(it.commit.as_deref()?));
        let last = self.last();
        let mut said = json!({
            "v": 1,
            "target": self.target,
            "state": self.status.word(),
            "release": release.map(|it| &it.id),
            "commit": commit.map(|it| it.id),
            "evidence": release.and_then(|it| it.evidence),
            "released_at": release.and_then(|it| self.released_at(it)).map(time::rfc3339),
            "last": last.map(|past| past.id()),
            "outcome": last.and_then(|past| past.run.ended()),
            "at": last.and_then(|past| past.ended_at()).map(time::rfc3339),
        });
        match self.status {
            TargetStatus::Seen(_, SeenTarget::Differs(acts)) => {
                let acts = acts.iter();
                let acts = acts
                    .map(|(step, act)| json!({ "step": step, "what": act.what, "why": act.why }));
                said["differs"] = acts.collect();
            }
            TargetStatus::Seen(_, SeenTarget::Unknown(problem)) => said["problem"] = json!(problem),
            TargetStatus::InProgress(LockHeld { by: Some(by), .. }) => {
                said["run"] = json!(by.run);
                said["pid"] = json!(by.pid);
                said["since"] = json!(time::rfc3339(by.since_unix_ms));
            }
            TargetStatus::InProgress(_)
            | TargetStatus::Nothing
            | TargetStatus::Seen(_, SeenTarget::AsReleased) => {}
        }
        said
    }
}
