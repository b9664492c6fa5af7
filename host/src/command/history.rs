//! `history`: the runs of a target.

use std::path::PathBuf;

use clap::Args;
use deployhost_engine::{Goal, Outcome, Pass};

use super::{StateArgs, output, screen, time};
use crate::command_error::Result;
use crate::environment;
use crate::history::RunRecord;
use crate::run_summary;
use deployhost_plan::Plan;
use deployhost_policy::short_id::short_run;

/// List the runs of a plan's target, newest last
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// The plan of the target
    #[arg(long, value_name = "FILE")]
    plan: PathBuf,
    /// One JSON object a run
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    state: StateArgs,
}

pub fn run(args: &HistoryArgs) -> Result<u8> {
    let plan = Plan::load(&args.plan)?;
    let history =
        environment::read_history(args.state.state.as_deref(), &environment::target(&plan))?;
    if history.runs.is_empty() && !args.json {
        output::line(format!("{} has no runs yet", environment::target(&plan)));
    }
    for past in &history.runs {
        if args.json {
            output::data(&json(past));
        } else {
            output::line(line(past));
        }
    }
    Ok(0)
}

fn line(past: &RunRecord) -> String {
    let outcome = past.run.ended().map_or("open", Outcome::as_str);
    let evidence = past.run.evidence().map_or("", |evidence| evidence.as_str());
    let commit = run_summary::commit(&past.run, Pass::Forward);
    let name = match commit {
        Some(commit) => run_summary::name(Some(&commit)),
        None => "-".into(),
    };
    let goal = match past.run.spec().goal {
        Goal::Deploy if past.run.spec().dry_run => "dry-run",
        Goal::Deploy => "run",
        Goal::Release => "rollback",
    };
    let took = past.ended_at().map_or(String::new(), |end| {
        let ms = end.saturating_sub(past.began_at());
        screen::seconds(std::time::Duration::from_millis(ms))
    });
    format!(
        "{}  {}  {goal:8}  {outcome:14}  {evidence:9}  {took:>10}  {name}",
        time::local(past.began_at()),
        short_run(past.id()),
    )
}

fn json(past: &RunRecord) -> String {
    serde_json::json!({
        "v": 1,
        "run": past.id(),
        "began": time::rfc3339(past.began_at()),
        "ended": past.ended_at().map(time::rfc3339),
        "goal": past.run.spec().goal,
        "dry-run": past.run.spec().dry_run,
        "outcome": past.run.ended(),
        "evidence": past.run.evidence(),
        "commit": run_summary::commit(&past.run, Pass::Forward).map(|commit| commit.id),
        "actor": past.run.spec().actor,
    })
    .to_string()
}
