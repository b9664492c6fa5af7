//! `status`: what a target runs, as far as its journal knows.

use std::path::PathBuf;

use clap::Args;
use deployhost_engine::{Outcome, Pass};

use super::{StateArgs, output, time};
use crate::command_error::Result;
use crate::command_hint::CommandHint;
use crate::environment;
use crate::run_summary;
use deployhost_plan::Plan;
use deployhost_policy::short_id::short_run;

/// Say what a plan's target runs, with which evidence, and what is open
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

pub fn run(args: &StatusArgs) -> Result<u8> {
    let plan = Plan::load(&args.plan)?;
    let target = environment::target(&plan);
    let history = environment::read_history(args.state.state.as_deref(), &target)?;
    let last = history
        .runs
        .iter()
        .rev()
        .find(|past| !past.run.spec().dry_run);
    let release = history.release();
    let commit = history
        .commit()
        .and_then(|json| crate::context::commit(&json));
    let certain = last.is_some_and(|past| {
        !matches!(
            past.run.ended(),
            None | Some(Outcome::NeedsOperator | Outcome::Interrupted)
        )
    }) && !history.unsettled();
    if args.json {
        let said = serde_json::json!({
            "v": 1,
            "target": target,
            "commit": commit.map(|commit| commit.id),
            "certain": certain,
            "release": release.as_ref().map(|release| &release.id),
            "evidence": release.as_ref().and_then(|release| release.evidence),
            "last": last.map(|past| past.id()),
            "outcome": last.and_then(|past| past.run.ended()),
            "at": last.and_then(|past| past.ended_at()).map(time::rfc3339),
        });
        output::data(&said.to_string());
        return Ok(0);
    }
    let Some(last) = last else {
        output::line(format!("{target} has never been deployed from here"));
        return Ok(0);
    };
    let evidence = release.as_ref().and_then(|release| release.evidence);
    let evidence = evidence.map_or(String::new(), |evidence| format!(", {evidence}"));
    match (certain, &commit) {
        (true, Some(commit)) => output::line(format!(
            "{target} runs {}{evidence}",
            run_summary::name(Some(commit))
        )),
        (true, None) => output::line(format!("{target} has nothing in place that is known here")),
        (false, _) => output::line(format!("{target} is not known to run what it should")),
    }
    let outcome = last.run.ended().map_or("is open", Outcome::as_str);
    let tried = run_summary::commit(&last.run, Pass::Forward);
    let tried = tried.map_or(String::new(), |commit| {
        format!(": {}", run_summary::name(Some(&commit)))
    });
    output::line(format!(
        "last run {} {outcome}{tried}",
        short_run(last.id())
    ));
    output::line(format!(
        "  {}",
        time::local(last.ended_at().unwrap_or(last.began_at()))
    ));
    if !certain {
        let typed = CommandHint {
            plan: &args.plan.to_string_lossy(),
            state: args.state.state.as_deref(),
        };
        output::line(format!("any next run settles it: {}", typed.run()));
    }
    Ok(0)
}
