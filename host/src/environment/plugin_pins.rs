//! Holds the plugins of a plan against `plugins.toml` beside it, and writes them into it.
//!
//! The bytes that are held against it here are the very bytes that are compiled then: a plugin's
//! file is read once.

use std::collections::BTreeMap;
use std::path::PathBuf;

use deployhost_policy::{Diagnostic, Location};

use super::PluginPath;
use super::plugin_source::found;
use crate::bind::LoadedPlugin;
use crate::command_error::{CommandError, Result};
use deployhost_adapters::pin_file::PinFile;
use deployhost_adapters::store::Digest;
use deployhost_plan::{Entry, PINS, Pin, Pins, Plan};
use deployhost_policy::short_id::short_digest;

/// The pins beside a plan.
pub(super) struct PlanPins {
    file: PinFile,
    pub(super) pins: Pins,
}

/// Looks up the plugins of a plan as the pins beside it have them. Where those cannot be read, no
/// plugin is found.
pub(super) fn pinned<'a>(
    plan: &'a Plan,
    plugin_path: &'a PluginPath,
) -> impl Fn(&Entry) -> Result<(Location, Vec<u8>)> + 'a {
    let pinned = PlanPins::beside(plan);
    move |entry| match &pinned {
        Ok(pinned) => pinned.found(plan, entry, plugin_path),
        Err(error) => Err(error.clone()),
    }
}

impl PlanPins {
    pub(super) fn beside(plan: &Plan) -> Result<Self> {
        let file = PinFile::new(&plan.folder, PINS);
        let pins = read(&file)?;
        Ok(Self { file, pins })
    }

    pub(super) fn path(&self) -> PathBuf {
        self.file.path()
    }

    /// The plugin of an entry, as the pins have it or as they do not have it yet.
    pub(super) fn found(
        &self,
        plan: &Plan,
        entry: &Entry,
        plugin_path: &PluginPath,
    ) -> Result<(Location, Vec<u8>)> {
        let (place, bytes) = found(entry, plugin_path)?;
        let name = Pins::name(&entry.plugin, &plan.folder);
        let digest = Digest::of(&bytes);
        match self.pins.get(&name) {
            Some(pin) if pin.sha256 != digest.as_str() => Err(other(&name, pin, &digest)
                .at(place)
                .help(update(plan))
                .note(format!("it is pinned in {}", self.file.path().display()))),
            _ => Ok((place, bytes)),
        }
    }

    /// Pins what was loaded and is not pinned yet. What comes back is a warning: the plan runs
    /// where its folder cannot be written, since plans of other users' folders have to.
    pub(super) fn keep(
        &self,
        plan: &Plan,
        loaded: &BTreeMap<String, LoadedPlugin>,
    ) -> Result<Option<Diagnostic>> {
        let mut missing = Vec::new();
        for entry in plan.entries() {
            let Some(LoadedPlugin { plugin, .. }) = loaded.get(entry.name.as_str()) else {
                continue;
            };
            let version = &plugin.description.version;
            let pin = Pin::new(&entry.plugin, &plan.folder, version, &plugin.digest);
            if self.pins.get(&pin.name).is_none() {
                missing.push(pin);
            }
        }
        if missing.is_empty() {
            return Ok(None);
        }
        self.add(plan, missing, false)
    }

    /// Pins these, beside what is pinned by now; `instead`: also in its place.
    pub(super) fn add(
        &self,
        plan: &Plan,
        more: Vec<Pin>,
        instead: bool,
    ) -> Result<Option<Diagnostic>> {
        let names: Vec<_> = more.iter().map(|pin| pin.name.clone()).collect();
        let changing = match self.file.change() {
            Ok(changing) => changing,
            Err(error) => return Ok(Some(self.unwritten(&names, &error))),
        };
        // Another plan's run may have been here since.
        let mut pins = read(&self.file)?;
        for pin in more {
            match pins.get(&pin.name) {
                Some(there) if !instead && there.sha256 != pin.sha256 => {
                    let what = format!("the plugin {} changed while it was read", pin.name);
                    return Err(CommandError::refused("plugin.changed", what)
                        .at(self.file.path().as_path())
                        .help(update(plan)));
                }
                _ => pins.set(pin),
            }
        }
        let text = pins.text().map_err(|error| {
            CommandError::host(
                "pins.unwritable",
                format!("pins cannot be written down: {error}"),
            )
        })?;
        let written = changing.write(text.as_bytes());
        Ok(written.err().map(|error| self.unwritten(&names, &error)))
    }

    fn unwritten(&self, names: &[String], error: &std::io::Error) -> Diagnostic {
        let message = format!("not pinned: {}: {error}", names.join(", "));
        Diagnostic::new("pins.unwritten", message)
            .at(self.file.path().as_path())
            .help("let the user who deploys write there, or run once as one who can")
    }
}

fn read(file: &PinFile) -> Result<Pins> {
    let path = file.path();
    let bytes = file.read().map_err(|error| {
        CommandError::refused("pins.unreadable", format!("{PINS} cannot be read: {error}"))
            .at(path.as_path())
            .help("put a file there, or take it away: the next run writes it anew")
    })?;
    match bytes {
        Some(bytes) => Ok(Pins::parse(&path, bytes)?),
        None => Ok(Pins::default()),
    }
}

fn other(name: &str, pin: &Pin, digest: &Digest) -> CommandError {
    CommandError::refused(
        "plugin.changed",
        format!(
            "the plugin {name} is another one than when it was pinned: sha256 {}…, pinned {}… of version {}",
            short_digest(digest.as_str()),
            short_digest(&pin.sha256),
            pin.version
        ),
    )
}

/// The command that shows what changed, and takes it.
fn update(plan: &Plan) -> String {
    format!("deployhost plugin update --plan {}", plan.file.display())
}
