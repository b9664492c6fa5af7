//! `run`: carries out a plan.

use std::path::{Path, PathBuf};

use clap::Args;

use super::confirm::Asker;
use super::json::Json;
use super::screen::{self, Screen};
use super::{PluginPath, State, output, runtime};
use crate::config::Plan;
use crate::error::{Error, Result};
use crate::scribe::Watch;
use crate::wiring::{Deployment, Ended, House};

/// Carry out a plan
///
/// Asks every step what it would do, shows it, asks for the confirmation where the plan wants one,
/// applies the steps in order, and goes back by itself where one fails.
#[derive(Debug, Args)]
pub struct Run {
    /// The plan
    #[arg(long, value_name = "FILE")]
    plan: PathBuf,
    /// The word that the plan wants typed
    #[arg(long, value_name = "WORD")]
    confirm: Option<String>,
    /// Stop after planning: nothing outside the state folder is touched
    #[arg(long)]
    dry_run: bool,
    /// Override a config value: step.key=value; can be repeated
    #[arg(long, value_name = "STEP.KEY=VALUE")]
    set: Vec<String>,
    /// One JSON event a line instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    state: State,
    #[command(flatten)]
    plugins: PluginPath,
}

pub fn run(args: &Run) -> Result<u8> {
    let plan = Plan::load(&args.plan)?;
    let deployment = asked(&plan, &args.plan, args.confirm.clone(), args.json, "run")?;
    let deployment = Deployment {
        dry_run: args.dry_run,
        sets: args.set.clone(),
        ..deployment
    };
    let shelf = args.plugins.shelf();
    let ended = runtime()?.block_on(async {
        let house = House::open(args.state.state.as_deref())?;
        house.deploy(plan, &shelf, deployment).await
    })?;
    Ok(close(&ended, args.json))
}

/// What `run` and `rollback` ask for alike.
pub(super) fn asked(
    plan: &Plan,
    file: &Path,
    confirm: Option<String>,
    json: bool,
    command: &'static str,
) -> Result<Deployment> {
    if confirm.is_some() && plan.confirm.is_none() {
        return Err(Error::refused("this plan wants no confirmation")
            .at("--confirm")
            .cure("leave it out, or write confirm = \"…\" into the plan"));
    }
    Ok(Deployment {
        plan_file: file.to_owned(),
        confirmed: plan.confirm.is_some(),
        confirm: Box::new(Asker::new(plan.confirm.clone(), confirm)),
        dry_run: false,
        sets: Vec::new(),
        command,
        watch: Box::new(move |target, steps| -> Box<dyn Watch> {
            if json {
                Box::new(Json)
            } else {
                Box::new(Screen::new(
                    target.to_owned(),
                    steps.iter().map(String::as_str),
                ))
            }
        }),
        warn: |warning| output::error_line(format!("warning: {warning}")),
        signals: super::signal::watch,
    })
}

/// The last paragraph, and the exit code.
pub(super) fn close(ended: &Ended, json: bool) -> u8 {
    if let (Some(ending), false) = (&ended.ending, json) {
        screen::paragraph(ending);
    }
    if ended.untold > 0 {
        output::error_line(
            "warning: not every notice was delivered in time; see deployhost show RUN",
        );
    }
    ended.code
}
