//! `check`: a plan without running it.

use std::path::PathBuf;

use clap::Args;

use super::{PluginPathArgs, StateArgs, output, runtime};
use crate::command_error::Result;
use crate::environment::{self, Environment, Loader};
use deployhost_plan::Plan;

/// Check a plan: its keys, its plugins, what each entry is granted
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The plan
    #[arg(long, value_name = "FILE")]
    plan: PathBuf,
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    plugins: PluginPathArgs,
}

pub fn run(args: &CheckArgs) -> Result<u8> {
    let plan = Plan::load(&args.plan)?;
    let plugin_path = args.plugins.plugin_path();
    let report = runtime()?.block_on(async {
        let environment = Environment::open(args.state.state.as_deref())?;
        environment::check(Loader::new(&environment), plan, &plugin_path).await
    })?;
    for line in report {
        output::line(line);
    }
    Ok(0)
}
