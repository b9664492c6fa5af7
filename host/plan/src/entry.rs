//! One `[[step]]` or `[[notify]]` of a plan: which plugin, with which config, and what it may do.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::duration;
use crate::marked_texts::{self, MarkedText};
use crate::name::Name;
use crate::path::{absolute, checked_path};
use crate::reference;
use crate::schema::Schema;
use crate::secret::SecretEntry;
use crate::source_text::SourceText;
use crate::syntax::Item;
use crate::table::Table;
use crate::value::{ConfigValue, GrantValue};
use crate::value_locations::ValueLocations;
use deployhost_policy::config_fault::ConfigFault;
use deployhost_policy::display::{display, display_line};
use deployhost_policy::{Diagnostic, Location};

/// Most faults of one config that are listed below the first.
const MOST_NOTES: usize = 9;

/// An entry of the plan, as written until its marked texts are resolved, then as meant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub name: Name,
    pub plugin: PluginRef,
    /// An object. Secrets are referred to as `${secret.NAME}`.
    pub config: Value,
    /// None: the plan's, for a step.
    #[serde(with = "duration::optional")]
    pub timeout: Option<Duration>,
    /// The author knows that this step cannot be taken back. Steps only.
    pub irreversible: bool,
    /// What is written under `grant`, for the capabilities to read.
    pub grant: Map<String, Value>,
    #[serde(skip)]
    own_location: Option<Location>,
    #[serde(skip)]
    locations: ValueLocations,
    #[serde(skip)]
    grant_locations: ValueLocations,
}

/// How a plan names a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum PluginRef {
    /// To be looked up in the plugin path.
    Name(String),
    /// Absolute, ends in `.wasm`.
    Path(PathBuf),
}

/// Which list of the plan an entry stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryList {
    Steps,
    Notifiers,
}

impl EntryList {
    /// As in `[[step]]`.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Steps => "step",
            Self::Notifiers => "notify",
        }
    }

    const fn noun(self) -> &'static str {
        match self {
            Self::Steps => "a step",
            Self::Notifiers => "a notifier",
        }
    }

    const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Steps => &[
                "name",
                "plugin",
                "config",
                "timeout",
                "irreversible",
                "grant",
            ],
            Self::Notifiers => &["name", "plugin", "config", "timeout", "grant"],
        }
    }
}

impl Entry {
    /// Where a value of the config was written, by JSON pointer; empty: the config, or the entry.
    pub fn location_of(&self, pointer: &str) -> Location {
        self.locations.locate_value(pointer)
    }

    /// What somebody found wrong with the config, with its location in the plan.
    pub fn locate(&self, fault: ConfigFault) -> Diagnostic {
        self.locations.locate(fault)
    }

    /// What the plugin's own `check` found wrong at a JSON pointer. Its texts are a stranger's.
    pub fn refuse(&self, pointer: &str, diagnostic: Diagnostic) -> Diagnostic {
        let fault = ConfigFault::at_value(pointer, diagnostic.map_texts(display_line));
        self.locate(fault)
    }

    /// Checks the config against the plugin's schema.
    pub fn check(&self, schema: &Schema, secrets: &[SecretEntry]) -> Result<(), Diagnostic> {
        let stand_in = |name: &str| {
            let named = secrets.iter().find(|secret| secret.name.as_str() == name);
            named.map(SecretEntry::stand_in)
        };
        let seen = self.expanded(&stand_in)?;
        let mut found = schema
            .check(&seen)
            .into_iter()
            .map(|fault| self.locate(fault));
        if let Some(first) = found.next() {
            let others = found.take(MOST_NOTES);
            return Err(others.fold(first, |first, other| first.note(other.to_string())));
        }
        Ok(())
    }

    /// The texts of the config that grant something. For a config that was checked.
    pub fn marked_texts(&self, schema: &Schema) -> Result<Vec<MarkedText>, Diagnostic> {
        marked_texts::find(&self.config, schema).map_err(|fault| self.locate(fault))
    }

    /// Puts what a marked text means in its place: a path is absolute from now on.
    pub fn resolve_text(&mut self, pointer: &str, resolved: String) {
        if let Some(Value::String(text)) = self.config.pointer_mut(pointer) {
            *text = resolved;
        }
    }

    /// What somebody found wrong with the grants, with its location in the plan.
    pub fn locate_grant(&self, fault: ConfigFault) -> Diagnostic {
        self.grant_locations.locate(fault)
    }

    /// The config with each secret replaced by what `value_of` says for its name.
    pub fn expanded(&self, value_of: &dyn Fn(&str) -> Option<String>) -> Result<Value, Diagnostic> {
        reference::expand(&self.config, value_of).map_err(|fault| self.locate(fault))
    }

    pub(super) fn check_references(&self, secrets: &[SecretEntry]) -> Result<(), Diagnostic> {
        let known: Vec<_> = secrets.iter().map(|secret| secret.name.as_str()).collect();
        reference::check(&self.config, &known).map_err(|fault| self.locate(fault))
    }

    /// Where the entry as a whole was written.
    pub fn own_location(&self) -> Location {
        let named = || Location::journal(self.name.as_str());
        self.own_location.clone().unwrap_or_else(named)
    }

    pub(super) fn locations_mut(&mut self) -> &mut ValueLocations {
        &mut self.locations
    }

    /// For an entry that was read back from the journal.
    pub(super) fn name_locations(&mut self) {
        self.locations = ValueLocations::journaled(self.name.as_str());
        self.grant_locations = ValueLocations::journaled(self.name.as_str());
    }

    pub(super) fn read(
        list: EntryList,
        source: &Arc<SourceText>,
        value: &Item<'_>,
        folder: &Path,
        secrets: &[SecretEntry],
    ) -> Result<Self, Diagnostic> {
        let table = Table::open(source, list.noun(), value, list.keys())?;
        let plugin = table
            .text("plugin")?
            .ok_or_else(|| table.refuse_missing("plugin", "\"git-sync\""))?;
        let reference = plugin.as_a("plugin", |text| PluginRef::checked(folder, text))?;
        let name = match (table.text("name")?, list) {
            (Some(name), _) => name.as_a("name", Name::parse)?,
            (None, EntryList::Steps) => return Err(table.refuse_missing("name", "\"…\"")),
            (None, EntryList::Notifiers) => plugin
                .as_a("plugin", |_| reference.own_name())
                .map_err(|diagnostic| diagnostic.help("add `name = \"…\"`"))?,
        };
        let config = match table.get("config") {
            None => ConfigValue::empty(value.span().start),
            Some(config) => ConfigValue::read(source, &table, config)?,
        };
        let grant = GrantValue::read(source, &table)?;
        let timeout = table.text_of("timeout", duration::PLANS)?;
        let entry = Self {
            timeout: timeout
                .map(|text| text.as_a("timeout", duration::parse))
                .transpose()?,
            irreversible: table.flag("irreversible")?.unwrap_or_default(),
            grant: grant.value,
            grant_locations: ValueLocations::written(
                name.as_str(),
                Arc::clone(source),
                grant.spots,
            ),
            own_location: Some(table.location()),
            locations: ValueLocations::written(name.as_str(), Arc::clone(source), config.spots),
            config: config.value,
            plugin: reference,
            name,
        };
        entry.check_references(secrets)?;
        Ok(entry)
    }
}

impl PluginRef {
    const RULE: &'static str =
        "a plugin is a name, such as \"git-sync\", or a path that ends in .wasm";

    /// A path must lead through no symbolic link; whether there is a file is found out later.
    fn checked(folder: &Path, text: &str) -> Result<Self, Diagnostic> {
        match Self::is_path(text) {
            true => checked_path(folder, text).map(Self::Path),
            false => Self::named(text),
        }
    }

    fn is_path(text: &str) -> bool {
        text.ends_with(".wasm")
    }

    fn named(text: &str) -> Result<Self, Diagnostic> {
        Name::parse(text)
            .map(|name| Self::Name(name.as_str().to_owned()))
            .map_err(|_| {
                Diagnostic::new("plan.plugin", format!("`{}` is no plugin", display(text)))
                    .help(Self::RULE)
            })
    }

    /// What the plugin's notifier is called where the plan does not say.
    fn own_name(&self) -> Result<Name, Diagnostic> {
        match self {
            Self::Name(name) => Name::parse(name),
            Self::Path(path) => {
                let stem = path.file_stem().unwrap_or_default();
                Name::parse(&stem.to_string_lossy())
            }
        }
    }
}

impl TryFrom<String> for PluginRef {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parsed = match Self::is_path(&text) {
            true => absolute(Path::new("/"), &text).map(Self::Path),
            false => Self::named(&text),
        };
        parsed.map_err(|diagnostic| diagnostic.message)
    }
}

impl From<PluginRef> for String {
    fn from(plugin: PluginRef) -> Self {
        plugin.to_string()
    }
}

impl std::fmt::Display for PluginRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Path(path) => write!(f, "{}", path.display()),
        }
    }
}
