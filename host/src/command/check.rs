//! `check`: a plan without running it.

use std::path::PathBuf;

use clap::Args;

use super::{PluginPath, State, output, runtime};
use crate::config::Plan;
use crate::error::Result;
use crate::wiring::House;

/// Check a plan: its keys, its plugins, what each entry is granted
#[derive(Debug, Args)]
pub struct Check {
    /// The plan
    #[arg(long, value_name = "FILE")]
    plan: PathBuf,
    #[command(flatten)]
    state: State,
    #[command(flatten)]
    plugins: PluginPath,
}

pub fn run(args: &Check) -> Result<u8> {
    let plan = Plan::load(&args.plan)?;
    let shelf = args.plugins.shelf();
    let report = runtime()?.block_on(async {
        let house = House::open(args.state.state.as_deref())?;
        house.check(plan, &shelf).await
    })?;
    for line in report {
        output::line(line);
    }
    Ok(0)
}
