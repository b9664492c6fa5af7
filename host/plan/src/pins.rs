//! `plugins.toml`: which bytes each plugin has that the plans of one folder name.
//!
//! Owns the file's text, not the file: what is read has its place in every error, what is written
//! reads back. Which bytes a plugin has now is not known here.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::entry::PluginRef;
use crate::source_text::SourceText;
use crate::syntax::{self, Item};
use crate::table::Table;
use deployhost_policy::{Diagnostic, Location};

/// What the file is called, beside the plan.
pub const FILE: &str = "plugins.toml";
const HEAD: &str = "\
# The bytes of each plugin that the plans beside this file name, as they were when it was first used.
# Written by deployhost; `deployhost plugin update --plan FILE` shows what changed, and takes it.
";
/// The version of this file's format.
const VERSION: i64 = 1;
/// Longest version of a plugin that is repeated, in characters.
const LONGEST: usize = 60;

/// One plugin, and the bytes that it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pin {
    /// The plan's word for it; a path below the plan's folder is relative to that.
    pub name: String,
    /// What the plugin said of itself.
    pub version: String,
    /// 64 lower-case hexadecimal digits.
    pub sha256: String,
}

impl Pin {
    /// Of a plan in `folder`. A version is a stranger's text: only what versions are made of stays.
    pub fn new(plugin: &PluginRef, folder: &Path, version: &str, sha256: &str) -> Self {
        let plain = |c: &char| c.is_ascii_alphanumeric() || "._+-".contains(*c);
        let version: String = version.chars().filter(plain).take(LONGEST).collect();
        Self {
            name: Pins::name(plugin, folder),
            version: match version.is_empty() {
                true => "none".to_owned(),
                false => version,
            },
            sha256: sha256.to_owned(),
        }
    }
}

/// The pins of one folder's plans, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pins(BTreeMap<String, Pin>);

impl Pins {
    /// What a plan's plugin is called here.
    pub fn name(plugin: &PluginRef, folder: &Path) -> String {
        match plugin {
            PluginRef::Name(name) => name.clone(),
            PluginRef::Path(path) => {
                let near = path.strip_prefix(folder).unwrap_or(path);
                near.to_string_lossy().into_owned()
            }
        }
    }

    pub fn get(&self, name: &str) -> Option<&Pin> {
        self.0.get(name)
    }

    /// From now on these bytes are meant.
    pub fn set(&mut self, pin: Pin) {
        self.0.insert(pin.name.clone(), pin);
    }

    /// The file's text; `file` is what errors call it.
    pub fn parse(file: &Path, bytes: Vec<u8>) -> Result<Self, Diagnostic> {
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let message = format!("{FILE} is not UTF-8 at byte offset {at}");
            Diagnostic::new("pins.encoding", message)
                .at(file)
                .help(ANEW)
        })?;
        let source = SourceText::new(file.display().to_string(), text);
        Self::read(&source).map_err(|diagnostic| match diagnostic.help {
            Some(_) => diagnostic.note(ANEW),
            None => diagnostic.help(ANEW),
        })
    }

    fn read(source: &SourceText) -> Result<Self, Diagnostic> {
        let tree = syntax::parse(source)?;
        let table = Table::whole(source, FILE, &tree);
        match table.get("version").map(|it| syntax::whole(it.get_ref())) {
            Some(Some(VERSION)) => {}
            None => return Err(table.refuse_missing("version", "1")),
            Some(_) => {
                let message = format!("another version of {FILE} than {VERSION}");
                return Err(
                    Diagnostic::new("pins.version", message).at(table.location_of("version"))
                );
            }
        }
        table.check_keys(&["version", "plugin"])?;
        let mut pins = Self::default();
        for item in table.list("plugin")?.unwrap_or_default() {
            let (pin, location) = read_pin(source, item)?;
            if pins.get(&pin.name).is_some() {
                let message = format!("the plugin `{}` is there twice", pin.name);
                return Err(Diagnostic::new("pins.duplicate-name", message)
                    .at(location)
                    .help("keep one of them")
                    .parameter("plugin", pin.name));
            }
            pins.set(pin);
        }
        Ok(pins)
    }

    /// The file's text, sorted.
    pub fn text(&self) -> Result<String, toml::ser::Error> {
        #[derive(Serialize)]
        struct PinDocument<'a> {
            version: i64,
            plugin: Vec<&'a Pin>,
        }
        let written = PinDocument {
            version: VERSION,
            plugin: self.0.values().collect(),
        };
        Ok(format!("{HEAD}{}", toml::to_string(&written)?))
    }
}

const ANEW: &str = "correct it, or take it away: the next run writes it anew";

fn read_pin(source: &SourceText, item: &Item<'_>) -> Result<(Pin, Location), Diagnostic> {
    let table = Table::open(source, "a [[plugin]]", item, &["name", "version", "sha256"])?;
    let text = |key: &str, such_as: &str| {
        let text = table.text(key)?;
        text.ok_or_else(|| table.refuse_missing(key, such_as))
    };
    let name = text("name", "\"git-sync\"")?;
    let pin = Pin {
        name: name.said.to_owned(),
        version: text("version", "\"0.1.0\"")?.said.to_owned(),
        sha256: text("sha256", "\"…\"")?.as_a("sha256", check_digest)?,
    };
    Ok((pin, name.location))
}

fn check_digest(text: &str) -> Result<String, Diagnostic> {
    let hex = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    match text.len() == 64 && text.bytes().all(hex) {
        true => Ok(text.to_owned()),
        false => Err(Diagnostic::new(
            "pins.digest",
            "wanted 64 lower-case hexadecimal digits",
        )),
    }
}

#[cfg(test)]
mod tests;
