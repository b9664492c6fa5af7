//! `status`: looks at what a target runs, and says what differs from what was released.

use std::path::{Path, PathBuf};

use clap::Args;
use deployhost_engine::{Outcome, Pass, Release};
use serde_json::{Value, json};

use super::{StateArgs, output, time, wait};
use crate::command_error::Result;
use crate::command_hint::{self, CommandHint};
use crate::environment::{self, Environment, KeptKind, KeptWork, LockHeld, LookedAt, SeenTarget};
use crate::history::{History, RunRecord};
use crate::run_summary;
use deployhost_plan::Plan;
use deployhost_policy::short_id::{short_commit, short_run};
use deployhost_policy::text::sanitize;

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

/// Most files that a command names one by one.
const TYPED: usize = 5;

/// What is known of a target now.
enum TargetStatus {
    /// No run has made a release.
    Nothing,
    InProgress(LockHeld),
    Seen(Release, LookedAt),
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
    Ok(status.code().0)
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
    let seen = seen.unwrap_or_else(|error| LookedAt {
        seen: SeenTarget::Unknown(error.diagnostic),
        kept: Vec::new(),
    });
    Ok(TargetStatus::Seen(release, seen))
}

impl TargetStatus {
    /// The exit code, and the word of `--json`.
    fn code(&self) -> (u8, &'static str) {
        match self {
            Self::Nothing => (2, "nothing-released"),
            Self::InProgress(_) => (75, "in-progress"),
            Self::Seen(_, look) => match look.seen {
                SeenTarget::AsReleased => (0, "as-released"),
                SeenTarget::Differs(_) => (3, "differs"),
                SeenTarget::Unknown(_) => (5, "unknown"),
            },
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
        let mut lines = match self.status {
            TargetStatus::Nothing if self.last().is_none() => {
                return vec![format!("{target} has never been deployed from here")];
            }
            TargetStatus::Nothing => vec![format!("{target}: no run from here has succeeded yet")],
            TargetStatus::InProgress(held) => vec![self.in_progress(held)],
            TargetStatus::Seen(release, look) => {
                let mut lines = self.seen(release, &look.seen);
                lines.extend(
                    look.kept
                        .iter()
                        .flat_map(|(tree, kept)| of_tree(tree, kept)),
                );
                lines
            }
        };
        lines.extend(self.last_run());
        lines
    }

    fn seen(&self, release: &Release, seen: &SeenTarget) -> Vec<String> {
        let target = self.target;
        match seen {
            SeenTarget::AsReleased => vec![format!("{target} runs {}", self.released(release))],
            SeenTarget::Differs(acts) => {
                let hint = CommandHint {
                    plan: &self.args.plan.to_string_lossy(),
                    state: self.args.state.state.as_deref(),
                };
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
            SeenTarget::Unknown(problem) => vec![
                format!("{target}: what runs is not known: {problem}"),
                format!("last released: {}", self.released(release)),
            ],
        }
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
            "state": self.status.code().1,
            "release": release.map(|it| &it.id),
            "commit": commit.map(|it| it.id),
            "evidence": release.and_then(|it| it.evidence),
            "released_at": release.and_then(|it| self.released_at(it)).map(time::rfc3339),
            "last": last.map(|past| past.id()),
            "outcome": last.and_then(|past| past.run.ended()),
            "at": last.and_then(|past| past.ended_at()).map(time::rfc3339),
        });
        match self.status {
            TargetStatus::Seen(_, look) => {
                match &look.seen {
                    SeenTarget::AsReleased => {}
                    SeenTarget::Differs(acts) => {
                        let acts = acts.iter().map(
                            |(step, act)| json!({ "step": step, "what": act.what, "why": act.why }),
                        );
                        said["differs"] = acts.collect();
                    }
                    SeenTarget::Unknown(problem) => said["problem"] = json!(problem),
                }
                let kept = look.kept.iter().flat_map(|(tree, kept)| {
                    kept.iter().map(|kept| {
                        json!({
                            "tree": tree.to_string_lossy(),
                            "commit": kept.id,
                            "at": time::rfc3339(kept.at_unix_ms),
                            "command": bring_back(tree, kept),
                        })
                    })
                });
                said["kept"] = kept.collect();
            }
            TargetStatus::InProgress(LockHeld { by: Some(by), .. }) => {
                said["run"] = json!(by.run);
                said["pid"] = json!(by.pid);
                said["since"] = json!(time::rfc3339(by.since_unix_ms));
            }
            TargetStatus::InProgress(_) | TargetStatus::Nothing => {}
        }
        said
    }
}

/// What was kept of a work tree, each with the command that brings it back.
fn of_tree(tree: &Path, kept: &[KeptWork]) -> Vec<String> {
    let mut lines = vec![format!("Kept of {} before it was moved:", tree.display())];
    for kept in kept {
        let at = time::local(kept.at_unix_ms);
        lines.push(format!("  {} ({at})", sanitize(&kept.to_string())));
        lines.push(format!("    {}", bring_back(tree, kept)));
    }
    lines
}

/// The command that brings it back: files as they were, or a commit as a branch.
fn bring_back(tree: &Path, kept: &KeptWork) -> String {
    let id = short_commit(&kept.id);
    match &kept.kind {
        KeptKind::Commit(_) => command_hint::git(tree, ["branch", &format!("kept-{id}"), id]),
        KeptKind::Edits(files) => {
            let restore = ["restore", "--source", id];
            let typed = |name: &String| !name.contains(char::REPLACEMENT_CHARACTER);
            if files.len() <= TYPED && files.iter().all(typed) {
                let files = files.iter().map(String::as_str);
                return command_hint::git(tree, restore.into_iter().chain(["--"]).chain(files));
            }
            let parent = format!("{id}^");
            let names = ["diff", "--name-only", "--no-renames", "-z", &parent, id];
            let read = ["--pathspec-from-file=-", "--pathspec-file-nul"];
            let restore = command_hint::git(tree, restore.into_iter().chain(read));
            format!("{} | {restore}", command_hint::git(tree, names))
        }
    }
}
