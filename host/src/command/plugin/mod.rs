//! `plugin`: what is about plugins rather than deployments.

mod build;
mod inspect;
mod list;
mod update;

use clap::{Args, Subcommand};

use crate::command_error::Result;

/// Build plugins, look at them, take new ones
#[derive(Debug, Args)]
pub struct PluginArgs {
    #[command(subcommand)]
    command: PluginCommand,
}

#[derive(Debug, Subcommand)]
enum PluginCommand {
    Build(build::PluginBuildArgs),
    List(list::PluginListArgs),
    Inspect(inspect::PluginInspectArgs),
    Update(update::PluginUpdateArgs),
}

pub fn run(args: &PluginArgs) -> Result<u8> {
    match &args.command {
        PluginCommand::Build(args) => build::run(args),
        PluginCommand::List(args) => list::run(args),
        PluginCommand::Inspect(args) => inspect::run(args),
        PluginCommand::Update(args) => update::run(args),
    }
}
