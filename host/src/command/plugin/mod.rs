//! `plugin`: what is about plugins rather than deployments.

mod build;
mod inspect;
mod list;

use clap::{Args, Subcommand};

use crate::error::Result;

/// Build plugins, and look at them
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
}

pub fn run(args: &Plugin) -> Result<u8> {
    match &args.command {
        Command::Build(args) => build::run(args),
        Command::List(args) => list::run(args),
        Command::Inspect(args) => inspect::run(args),
    }
}
