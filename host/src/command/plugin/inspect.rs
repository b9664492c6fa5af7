//! `plugin inspect`: what one plugin is and what it asks for.

use clap::Args;

use crate::command::{PluginPathArgs, StateArgs, output, runtime};
use crate::command_error::Result;
use crate::environment::{Environment, Loader};

/// Show what a plugin is, what it asks for, and its config's schema
#[derive(Debug, Args)]
pub struct PluginInspectArgs {
    /// A name, or a path ending in .wasm
    plugin: String,
    #[command(flatten)]
    state: StateArgs,
    #[command(flatten)]
    plugins: PluginPathArgs,
}

pub fn run(args: &PluginInspectArgs) -> Result<u8> {
    let plugin_path = args.plugins.plugin_path();
    runtime()?.block_on(async {
        let environment = Environment::open(args.state.state.as_deref())?;
        let loader = Loader::new(&environment);
        let (path, plugin) = loader.find_plugin(&args.plugin, &plugin_path).await?;
        let said = &plugin.description;
        output::line(format!("{} {} — {}", said.name, said.version, said.summary));
        output::line(format!("file      {}", path.display()));
        output::line(format!("sha256    {}", plugin.digest));
        output::line(format!("role      {}", said.role_word()));
        output::line(format!("recovery  {}", said.recovery));
        output::line(format!("asks for  {}", plugin.capabilities.join(", ")));
        let schema: serde_json::Value =
            serde_json::from_str(&said.config_schema).unwrap_or_default();
        output::line("config");
        output::line(serde_json::to_string_pretty(&schema).unwrap_or_default());
        Ok(0)
    })
}
