//! One `[[step]]` or `[[notify]]` of a plan: which plugin, with which config, and what it may do.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::duration;
use crate::grant::Grants;
use crate::location::{Location, Source, ValueLocations};
use crate::name::Name;
use crate::path::{absolute, checked_path};
use crate::problem::{Fault, Problem, Refusal};
use crate::reference;
use crate::resolve;
use crate::schema::Schema;
use crate::secret::SecretEntry;
use crate::syntax::Item;
use crate::table::Table;
use crate::value::ConfigValue;
use deployhost_policy::display::{display, display_line};

/// Most faults of one config that are listed below the first.
const MOST_HINTS: usize = 9;

/// An entry of the plan, as written until [`Entry::resolve`], then as meant.
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
    /// What is written under `grant`; [`Entry::grants`] adds what the config grants.
    pub grant: Grants,
    #[serde(skip)]
    own_location: Option<Location>,
    #[serde(skip)]
    locations: ValueLocations,
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
    pub fn place(&self, pointer: &str) -> Location {
        self.locations.of(pointer)
    }

    /// What somebody found wrong with the config, with its place in the plan.
    pub fn problem(&self, fault: Fault) -> Problem {
        self.locations.problem(fault)
    }

    /// What the plugin's own `check` found wrong at a JSON pointer.
    pub fn found(&self, pointer: &str, message: &str) -> Problem {
        self.problem(Refusal::new(display_line(message)).under(pointer))
    }

    /// Checks the config against the plugin's schema, and makes it as meant: paths are absolute,
    /// and lead through no symbolic link. A config that is as meant already stays as it is.
    pub fn resolve(
        &mut self,
        schema: &Schema,
        folder: &Path,
        secrets: &[SecretEntry],
    ) -> Result<(), Problem> {
        let stand_in = |name: &str| {
            let named = secrets.iter().find(|secret| secret.name.as_str() == name);
            named.map(SecretEntry::stand_in)
        };
        let seen = self.expanded(&stand_in)?;
        let mut problems = schema
            .check(&seen)
            .into_iter()
            .map(|fault| self.problem(fault));
        if let Some(first) = problems.next() {
            let others = problems.take(MOST_HINTS);
            return Err(others.fold(first, |first, other| first.hint(other.to_string())));
        }
        let meant = resolve::resolve_paths(&self.config, schema, folder);
        self.config = meant.map_err(|fault| self.problem(fault))?;
        Ok(())
    }

    /// All that the entry may do. For a config as meant.
    pub fn grants(&self, schema: &Schema, secrets: &[SecretEntry]) -> Result<Grants, Problem> {
        resolve::grants(self, schema, secrets).map_err(|fault| self.problem(fault))
    }

    /// The config with each secret replaced by what `value_of` says for its name.
    pub fn expanded(&self, value_of: &dyn Fn(&str) -> Option<String>) -> Result<Value, Problem> {
        reference::expand(&self.config, value_of).map_err(|fault| self.problem(fault))
    }

    pub(super) fn check_references(&self, secrets: &[SecretEntry]) -> Result<(), Problem> {
        let known: Vec<_> = secrets.iter().map(|secret| secret.name.as_str()).collect();
        reference::check(&self.config, &known).map_err(|fault| self.problem(fault))
    }

    /// Where the entry as a whole was written.
    pub fn own_location(&self) -> Location {
        let named = || Location::Journal(self.name.to_string());
        self.own_location.clone().unwrap_or_else(named)
    }

    pub(super) fn locations_mut(&mut self) -> &mut ValueLocations {
        &mut self.locations
    }

    /// For an entry that was read back from the journal.
    pub(super) fn name_locations(&mut self) {
        self.locations = ValueLocations::journaled(self.name.as_str());
    }

    pub(super) fn read(
        list: EntryList,
        source: &Arc<Source>,
        value: &Item<'_>,
        folder: &Path,
        secrets: &[SecretEntry],
    ) -> Result<Self, Problem> {
        let table = Table::open(source, list.noun(), value, list.keys())?;
        let plugin = table
            .text("plugin")?
            .ok_or_else(|| table.missing("plugin", "\"git-sync\""))?;
        let reference = plugin.as_a("plugin", |text| PluginRef::checked(folder, text))?;
        let name = match (table.text("name")?, list) {
            (Some(name), _) => name.as_a("name", Name::parse)?,
            (None, EntryList::Steps) => return Err(table.missing("name", "\"…\"")),
            (None, EntryList::Notifiers) => plugin
                .as_a("plugin", |_| reference.own_name())
                .map_err(|problem| problem.cure("add `name = \"…\"`"))?,
        };
        let config = match table.get("config") {
            None => ConfigValue::empty(value.span().start),
            Some(config) => ConfigValue::read(source, &table, config)?,
        };
        let timeout = table.text_of("timeout", duration::PLANS)?;
        let entry = Self {
            timeout: timeout
                .map(|text| text.as_a("timeout", duration::parse))
                .transpose()?,
            irreversible: table.flag("irreversible")?.unwrap_or_default(),
            grant: Grants::read(&table, folder, secrets)?,
            own_location: Some(table.place()),
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
    fn checked(folder: &Path, text: &str) -> Result<Self, Refusal> {
        match Self::is_path(text) {
            true => checked_path(folder, text).map(Self::Path),
            false => Self::named(text),
        }
    }

    fn is_path(text: &str) -> bool {
        text.ends_with(".wasm")
    }

    fn named(text: &str) -> Result<Self, Refusal> {
        Name::parse(text)
            .map(|name| Self::Name(name.as_str().to_owned()))
            .map_err(|_| Refusal::new(format!("`{}` is no plugin", display(text))).cure(Self::RULE))
    }

    /// What the plugin's notifier is called where the plan does not say.
    fn own_name(&self) -> Result<Name, Refusal> {
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
        parsed.map_err(|refusal| refusal.what)
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
