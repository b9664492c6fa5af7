//! `rollback`: carries out a release that this target had before.

use std::path::PathBuf;

use clap::Args;

use super::deployment::deploy;
use super::{PluginPathArgs, StateArgs};
use crate::command_error::Result;
use crate::environment::Wanted;

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
    let wanted = Wanted::Release {
        to: args.to.clone(),
    };
    let (confirm, plugins) = (args.confirm.clone(), PluginPathArgs::default());
    deploy(
        wanted,
        &args.plan,
        confirm,
        args.json,
        &args.state,
        &plugins,
    )
}
