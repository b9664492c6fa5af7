//! `run`: carries out a plan.

use std::path::PathBuf;

use clap::Args;

use super::deployment::deploy;
use super::{PluginPathArgs, StateArgs};
use crate::command_error::Result;
use crate::environment::Wanted;

/// Carry out a plan
///
/// Asks every step what it would do, shows it, asks for the confirmation where the plan wants one,
/// applies the steps in order, and goes back by itself where one fails.
#[derive(Debug, Args)]
pub struct RunArgs {
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
    state: StateArgs,
    #[command(flatten)]
    plugins: PluginPathArgs,
}

pub fn run(args: &RunArgs) -> Result<u8> {
    let wanted = Wanted::Plan {
        sets: args.set.clone(),
        dry_run: args.dry_run,
    };
    let confirm = args.confirm.clone();
    deploy(
        wanted,
        &args.plan,
        confirm,
        args.json,
        &args.state,
        &args.plugins,
    )
}
