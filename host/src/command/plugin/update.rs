//! `plugin update`: takes plugins that have changed since they were pinned.

use std::path::PathBuf;

use clap::Args;

use crate::command::{PluginPath, State, output, runtime};
use crate::config::Plan;
use crate::error::Result;
use crate::wiring::House;

/// Show what changed in a plan's plugins, and pin them as they are now
///
/// The first run of a plan writes plugins.toml beside it, with the sha256 of every plugin; other
/// bytes than these are refused from then on, until this command has shown and taken them.
#[derive(Debug, Args)]
pub struct Update {
    /// The plan
    #[arg(long, value_name = "FILE")]
    plan: PathBuf,
    /// Only show what changed
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    state: State,
    #[command(flatten)]
    plugins: PluginPath,
}

pub fn run(args: &Update) -> Result<u8> {
    let plan = Plan::load(&args.plan)?;
    let shelf = args.plugins.shelf();
    let report = runtime()?.block_on(async {
        let house = House::open(args.state.state.as_deref())?;
        house.update(&plan, &shelf, !args.dry_run).await
    })?;
    for line in report {
        output::line(line);
    }
    Ok(0)
}
