//! Where the bytes of a plugin that a plan names come from: a folder, or a path of the plan.

use std::path::{Path, PathBuf};

use deployhost_policy::Location;

use crate::command_error::{CommandError, Result};
use deployhost_adapters::plugin_path::{self, PluginPath};
use deployhost_plan::{Entry, PluginRef};

/// The bytes of the plugin that an entry names, and where they come from.
pub(super) fn found(entry: &Entry, plugin_path: &PluginPath) -> Result<(Location, Vec<u8>)> {
    let path = match &entry.plugin {
        PluginRef::Path(path) => path.clone(),
        PluginRef::Name(name) => {
            look_up(name, plugin_path).map_err(|error| error.at(entry.own_location()))?
        }
    };
    Ok((Location::path(&path), read(&path)?))
}

pub(super) fn look_up(name: &str, plugin_path: &PluginPath) -> Result<PathBuf> {
    plugin_path.find(name).ok_or_else(|| {
        let plugins = plugin_path.plugins();
        let near = deployhost_policy::suggest::nearest(
            name,
            plugins.iter().map(|(name, _)| name.as_str()),
        );
        CommandError::refused("plugin.unknown", format!("there is no plugin {name}")).help(
            match near {
                Some(near) => format!("did you mean {near}?"),
                None => "see deployhost plugin list; --plugin-path adds a folder".into(),
            },
        )
    })
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    plugin_path::read(path).map_err(|error| {
        CommandError::refused(
            "plugin.unreadable",
            format!("no plugin can be read: {error}"),
        )
        .at(path)
        .help("name a plugin's .wasm file")
    })
}
