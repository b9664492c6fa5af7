//! Where a plugin's bytes come from: a folder, a path of the plan, or a release.

use std::path::{Path, PathBuf};

use deployhost_engine::Release;
use deployhost_policy::Location;

use super::refused;
use super::root::Environment;
use crate::command_error::{CommandError, Result};
use deployhost_adapters::plugin_path::{self, PluginPath};
use deployhost_adapters::store::Digest;
use deployhost_plan::{Entry, PluginRef};

impl Environment {
    /// The very plugin bytes of a release.
    pub(super) fn kept(&self, release: &Release, entry: &Entry) -> Result<(Location, Vec<u8>)> {
        self.used(&release.plugins, &format!("release {}", release.id), entry)
    }

    /// The very plugin bytes that `whose` was carried out with, which names their digests.
    pub(super) fn used(
        &self,
        plugins: &[(String, String)],
        whose: &str,
        entry: &Entry,
    ) -> Result<(Location, Vec<u8>)> {
        let digest = plugins
            .iter()
            .find(|(name, _)| name == entry.name.as_str())
            .and_then(|(_, digest)| digest.parse::<Digest>().ok())
            .ok_or_else(|| {
                CommandError::host(
                    "release.plugin-missing",
                    format!("{whose} names no plugin for {}", entry.name),
                )
            })?;
        let bytes = self.store.read(&digest).map_err(refused)?;
        let location = Location::named(format!("plugin {} of {whose}", digest.as_str()));
        Ok((location, bytes))
    }
}

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
