//! `rollback`: carries out a release that this target had before.

use std::path::PathBuf;

use clap::Args;

use super::github::{self, ReportSlot};
use super::run::{asked, close, environment};
use super::{PluginPathArgs, StateArgs, wait};
use crate::command_error::Result;
use deployhost_plan::Plan;

/// Go back to a release
///
/// With the plan, the plugins and the pins of that release, nothing of today's. Without --to: the
/// release before the one that runs, or the last one where what runs is not a release.
#[derive(Debug, Args)]
pub struct RollbackArgs {
    /// The plan of the target
    #[arg(long, value_name = "FILE")]
    plan: PathBuf,
    /// The run that made the release, as `history` names it
    #[arg(long, value_name = "RUN")]
    to: Option<String>,
    /// The word that the plan wants typed
    #[arg(long, value_name = "WORD")]
    confirm: Option<String>,
    /// One JSON event a line instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    state: StateArgs,
}

pub fn run(args: &RollbackArgs) -> Result<u8> {
    github::told(carry_out(args))
}

fn carry_out(args: &RollbackArgs) -> Result<u8> {
    let kept = ReportSlot::default();
    let plan = Plan::load(&args.plan)?;
    let deployment = asked(
        &plan,
        &args.plan,
        args.confirm.clone(),
        args.json,
        "rollback",
        &kept,
    )?;
    let ended = wait(async {
        let environment = environment(args.state.state.as_deref(), args.json)?;
        let plugin_path = PluginPathArgs::default().plugin_path();
        environment
            .roll_back(&plan, args.to.as_deref(), &plugin_path, deployment)
            .await
    })?;
    Ok(close(&ended, args.json, &kept))
}
