//! `plugin list`: what a plan could name.

use clap::Args;

use crate::command::{PluginPathArgs, StateArgs, output, runtime};
use crate::command_error::Result;
use crate::environment::{Environment, Loader};

/// List the plugins that plans can name
#[derive(Debug, Args)]
pub struct PluginListArgs {
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    plugins: PluginPathArgs,
}

pub fn run(args: &PluginListArgs) -> Result<u8> {
    let plugin_path = args.plugins.plugin_path();
    runtime()?.block_on(async {
        let environment = Environment::open(args.state.state.as_deref())?;
        for (name, path, loaded) in Loader::new(&environment).list_plugins(&plugin_path).await {
            match loaded {
                Ok(plugin) => {
                    let said = &plugin.description;
                    output::line(format!(
                        "{name:18} {:6} {:7} {}",
                        said.version,
                        said.role_word(),
                        said.summary
                    ));
                }
                Err(load_error) => {
                    output::line(format!("{name:18} {}: {load_error}", path.display()))
                }
            }
        }
        Ok(0)
    })
}
