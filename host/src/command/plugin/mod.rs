//! `plugin`: what is about plugins rather than deployments.

mod build;
mod inspect;
mod list;
mod update;

use clap::{Args, Subcommand};

use crate::error::Result;

/// Build plugins, look at them, take new ones
#[derive(Debug, Args)]
pub struct Plugin {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Build(build::Build),
    List(list::List),
    Inspect(inspect::Inspect),
    Update(update::Update),
}

pub fn run(args: &Plugin) -> Result<u8> {
    match &args.command {
        Command::Build(args) => build::run(args),
        Command::List(args) => list::run(args),
        Command::Inspect(args) => inspect::run(args),
        Command::Update(args) => update::run(args),
    }
}
