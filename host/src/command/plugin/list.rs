//! `plugin list`: what a plan could name.

use clap::Args;

use crate::command::{PluginPath, State, output, runtime};
use crate::error::Result;
use crate::wiring::House;

/// List the plugins that plans can name
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    state: State,
    #[command(flatten)]
    plugins: PluginPath,
}

pub fn run(args: &List) -> Result<u8> {
    let shelf = args.plugins.shelf();
    runtime()?.block_on(async {
        let house = House::open(args.state.state.as_deref())?;
        for (name, path, loaded) in house.plugins(&shelf).await {
            match loaded {
                Ok(plugin) => {
                    let said = &plugin.description;
                    output::line(format!(
                        "{name:18} {:6} {:7} {}",
                        said.version, said.role, said.summary
                    ));
                }
                Err(unfit) => output::line(format!("{name:18} {}: {unfit}", path.display())),
            }
        }
        Ok(0)
    })
}
