//! `history`: the runs of a target.

use std::path::PathBuf;

use clap::Args;
use deployhost_engine::{Goal, Outcome, Pass};

use super::{State, output, screen, when};
use crate::config::Plan;
use crate::ending;
use crate::error::Result;
use crate::history::Past;
use crate::wiring;

/// List the runs of a plan's target, newest last
#[derive(Debug, Args)]
pub struct History {
    /// The plan of the target
    #[arg(long, value_name = "FILE")]
    plan: PathBuf,
    /// One JSON object a run
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    state: State,
}

pub fn run(args: &History) -> Result<u8> {
    let plan = Plan::load(&args.plan)?;
    let history = wiring::past(args.state.state.as_deref(), &wiring::target(&plan))?;
    if history.runs.is_empty() && !args.json {
        output::line(format!("{} has no runs yet", wiring::target(&plan)));
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

fn line(past: &Past) -> String {
    let outcome = past.run.ended().map_or("open", Outcome::as_str);
    let evidence = past.run.evidence().map_or("", |evidence| evidence.as_str());
    let commit = ending::commit(&past.run, Pass::Forward);
    let name = match commit {
        Some(commit) => ending::name(Some(&commit)),
        None => "-".into(),
    };
    let goal = match past.run.opening().goal {
        Goal::Deploy if past.run.opening().dry_run => "dry-run",
        Goal::Deploy => "run",
        Goal::Release => "rollback",
    };
    let took = past.ended_at().map_or(String::new(), |end| {
        let ms = end.saturating_sub(past.began_at());
        screen::seconds(std::time::Duration::from_millis(ms))
    });
    format!(
        "{}  {}  {goal:8}  {outcome:14}  {evidence:9}  {took:>10}  {name}",
        when::local(past.began_at()),
        ending::brief(past.id()),
    )
}

fn json(past: &Past) -> String {
    serde_json::json!({
        "v": 1,
        "run": past.id(),
        "began": when::rfc3339(past.began_at()),
        "ended": past.ended_at().map(when::rfc3339),
        "goal": past.run.opening().goal,
        "dry-run": past.run.opening().dry_run,
        "outcome": past.run.ended(),
        "evidence": past.run.evidence(),
        "commit": ending::commit(&past.run, Pass::Forward).map(|commit| commit.id),
        "actor": past.run.opening().actor,
    })
    .to_string()
}
