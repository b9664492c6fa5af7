//! `plugin update`: takes plugins that have changed since they were pinned.

use std::path::PathBuf;

use clap::Args;

use crate::command::{PluginPathArgs, StateArgs, output, runtime};
use crate::command_error::Result;
use crate::environment::{Environment, Loader, update_pins};
use deployhost_plan::Plan;

/// Show what changed in a plan's plugins, and pin them as they are now
///
/// The first run of a plan writes plugins.toml beside it, with the sha256 of every plugin; other
/// bytes than these are refused from then on, until this command has shown and taken them.
#[derive(Debug, Args)]
pub struct PluginUpdateArgs {
    /// The plan
    #[arg(long, value_name = "FILE")]
    plan: PathBuf,
    /// Only show what changed
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    plugins: PluginPathArgs,
}

pub fn run(args: &PluginUpdateArgs) -> Result<u8> {
    let plan = Plan::load(&args.plan)?;
    let plugin_path = args.plugins.plugin_path();
    let report = runtime()?.block_on(async {
        let environment = Environment::open(args.state.state.as_deref())?;
        let loader = Loader::new(&environment);
        update_pins(loader, &plan, &plugin_path, !args.dry_run).await
    })?;
    for line in report {
        output::line(line);
    }
    Ok(0)
}
