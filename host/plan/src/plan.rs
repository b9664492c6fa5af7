//! A whole plan: what one deployment of one target is made of.
//!
//! Owns what can be said without a plugin. What needs one is [`Entry`]'s (its schema) and
//! [`Plan::check_recovery`]'s (its role).

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use toml::de::DeTable;

use super::{reference, syntax};
use crate::duration;
use crate::entry::{Entry, EntryList};
use crate::name::Name;
use crate::read::{self, Document};
use crate::secret::SecretEntry;
use crate::source_text::SourceText;
use crate::step_nature::StepNature;
use crate::table::Table;
use deployhost_policy::http::WrittenOrigin;
use deployhost_policy::secret::SecretSource;
use deployhost_policy::suggest;
use deployhost_policy::{Diagnostic, Evidence, Location, Recovery, Role};

/// The version of the plan's format that this binary reads.
pub const VERSION: i64 = 1;
/// Most steps, and most notifiers, of one plan.
pub const MOST: usize = 100;

const TIMEOUT: Duration = Duration::from_secs(15 * 60);
const RETRIES: u32 = 2;
const MOST_RETRIES: i64 = 10;
const KEYS: [&str; 12] = [
    "version",
    "name",
    "environment",
    "url",
    "confirm",
    "timeout",
    "retries",
    "require",
    "secrets",
    "step",
    "notify",
    "rollback",
];

/// A plan, its paths absolute and its secrets as declared.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Absolute, free of symbolic links.
    pub file: PathBuf,
    /// The folder of `file`; relative paths of the plan begin here.
    pub folder: PathBuf,
    pub name: Name,
    pub environment: Name,
    /// Where the deployed service answers people.
    pub url: Option<String>,
    /// What has to be typed before anything changes.
    pub confirm: Option<String>,
    /// Of a whole run, and of each step that has none of its own.
    #[serde(with = "duration::required")]
    pub timeout: Duration,
    /// How often a step is tried again after a temporary failure.
    pub retries: u32,
    /// Less than this is a failure.
    pub require: Option<Evidence>,
    pub secrets: Vec<SecretEntry>,
    pub steps: Vec<Entry>,
    pub notifiers: Vec<Entry>,
    pub automatic_rollback: bool,
    #[serde(skip)]
    open_to_others: bool,
}

impl Plan {
    /// Reads, parses and checks the plan at `path`.
    pub fn load(path: &Path) -> Result<Self, Diagnostic> {
        Self::parse(read::read(path)?)
    }

    fn parse(document: Document) -> Result<Self, Diagnostic> {
        let source = Arc::new(document.source);
        let tree = syntax::parse(&source)?;
        if tree.is_empty() {
            let diagnostic =
                Diagnostic::new("plan.empty", "the plan is empty").at(source.locate(0));
            return Err(diagnostic.help("begin with `version = 1`, `name` and `environment`"));
        }
        let table = Table::whole_plan(&source, &tree);
        check_version(&table)?;
        table.check_keys(&KEYS)?;
        let folder = document.file.parent().unwrap_or(Path::new("/")).to_owned();
        let secrets = SecretEntry::all(&table, &folder)?;
        let plan = Self {
            name: read_name(&table, "name")?,
            environment: read_name(&table, "environment")?,
            url: read_url(&table)?,
            confirm: read_confirm(&table)?,
            timeout: table
                .text_of("timeout", duration::PLANS)?
                .map(|text| text.as_a("timeout", duration::parse))
                .transpose()?
                .unwrap_or(TIMEOUT),
            retries: table
                .number("retries", 0..=MOST_RETRIES)?
                .and_then(|retries| u32::try_from(retries).ok())
                .unwrap_or(RETRIES),
            require: table
                .text("require")?
                .map(|text| text.as_a("require", check_evidence))
                .transpose()?,
            automatic_rollback: read_automatic(&table)?,
            steps: read_entries(EntryList::Steps, &source, &tree, &folder, &secrets)?,
            notifiers: read_entries(EntryList::Notifiers, &source, &tree, &folder, &secrets)?,
            secrets,
            folder,
            file: document.file,
            open_to_others: document.open_to_others,
        };
        if plan.steps.is_empty() {
            let diagnostic = Diagnostic::new("plan.no-step", "the plan has no step")
                .at(table.location_of("step"));
            return Err(diagnostic.help("add one: `[[step]]` with `name`, `plugin` and `config`"));
        }
        plan.check_names()?;
        Ok(plan)
    }

    /// Steps, then notifiers.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.steps.iter().chain(&self.notifiers)
    }

    pub fn entries_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.steps.iter_mut().chain(&mut self.notifiers)
    }

    fn check_names(&self) -> Result<(), Diagnostic> {
        let entries: Vec<_> = self.entries().collect();
        for (at, entry) in entries.iter().enumerate() {
            if let Some(first) = entries[..at].iter().find(|first| first.name == entry.name) {
                let message = format!("two entries are called `{}`", entry.name);
                return Err(Diagnostic::new("plan.duplicate-name", message)
                    .at(entry.own_location())
                    .parameter("entry", entry.name.as_str())
                    .help(format!(
                        "give one of them another `name`; the first is at {}",
                        first.own_location()
                    )));
            }
        }
        Ok(())
    }

    /// Refuses an automatic rollback that could not restore what a failed check found broken.
    /// `nature_of` answers for each step.
    pub fn check_recovery(
        &self,
        nature_of: impl Fn(&Entry) -> StepNature,
    ) -> Result<(), Diagnostic> {
        if !self.automatic_rollback {
            return Ok(());
        }
        let is_verify = |step: &Entry| nature_of(step).role == Role::Verify;
        let Some(last) = self.steps.iter().rposition(is_verify) else {
            return Ok(());
        };
        let lost = self.steps[..last].iter().find(|step| {
            let StepNature { role, recovery } = nature_of(step);
            role == Role::Change && recovery == Recovery::None && !step.irreversible
        });
        match lost {
            None => Ok(()),
            Some(step) => {
                let message = format!(
                    "step `{}` cannot be taken back, and `{}` after it could ask for that",
                    step.name, self.steps[last].name
                );
                Err(Diagnostic::new("plan.irreversible", message)
                    .at(step.own_location())
                    .parameter("entry", step.name.as_str())
                    .help(
                        "write `irreversible = true` in the step, \
                     or `automatic = false` under [rollback]",
                    ))
            }
        }
    }

    /// What is no reason to refuse the plan.
    pub fn warnings(&self) -> Vec<Diagnostic> {
        let named: Vec<String> = self
            .entries()
            .flat_map(|entry| reference::secrets_named(&entry.config))
            .collect();
        let used = |secret: &&SecretEntry| named.iter().any(|name| name == secret.name.as_str());
        let unused = self.secrets.iter().filter(|secret| !used(secret));
        let unused = unused.map(|secret| {
            let message = format!("the secret `{}` is used nowhere", secret.name);
            Diagnostic::new("lint.secret-unused", message).help("take it out")
        });
        let beside = self.secrets.iter().filter_map(|secret| match &secret.from {
            SecretSource::File(file)
                if self.open_to_others && file.parent() == Some(&self.folder) =>
            {
                let message = format!(
                    "others can read the plan, and the secret `{}` is a file beside it",
                    secret.name
                );
                let lint = Diagnostic::new("lint.secret-beside-plan", message);
                Some(lint.help("chmod 600 it, or keep the secret elsewhere"))
            }
            _ => None,
        });
        let lints = unused.chain(beside);
        lints.map(|lint| lint.at(self.file.as_path())).collect()
    }

    /// The plan as the journal keeps it. Of secrets it says where they come from.
    pub fn to_resolved_json(&self) -> Result<Value, serde_json::Error> {
        serde_json::to_value(self)
    }

    /// The plan that [`Plan::to_resolved_json`] wrote. Its problems have no line: they name the value.
    pub fn from_resolved_json(value: Value) -> Result<Self, Diagnostic> {
        let mut plan: Self = serde_json::from_value(value).map_err(|error| {
            Diagnostic::new(
                "plan.journal",
                format!("this binary cannot read it: {error}"),
            )
            .at(Location::journal("the plan"))
            .help("use the version of deployhost that wrote it")
        })?;
        for entry in plan.entries_mut() {
            entry.name_locations();
        }
        Ok(plan)
    }
}

fn check_evidence(text: &str) -> Result<Evidence, Diagnostic> {
    Evidence::parse(text).ok_or_else(|| {
        let words = Evidence::ALL.map(Evidence::as_str);
        Diagnostic::new("plan.evidence", "no such evidence").help(suggest::help(text, words))
    })
}

/// Before all else: another version may have other keys.
fn check_version(plan: &Table<'_>) -> Result<(), Diagnostic> {
    let Some(value) = plan.get("version") else {
        return Err(plan.refuse_missing("version", "1"));
    };
    match syntax::whole(value.get_ref()) {
        Some(VERSION) => Ok(()),
        None => Err(plan.refuse_type("version", "a whole number", value)),
        Some(other) => {
            let message = format!("version {other} of the plan's format is not known");
            Err(Diagnostic::new("plan.version", message)
                .at(plan.location_of("version"))
                .help("this binary reads version 1")
                .parameter("version", other.to_string()))
        }
    }
}

fn read_name(plan: &Table<'_>, key: &str) -> Result<Name, Diagnostic> {
    plan.text(key)?
        .ok_or_else(|| plan.refuse_missing(key, "\"…\""))?
        .as_a(key, Name::parse)
}

fn read_url(plan: &Table<'_>) -> Result<Option<String>, Diagnostic> {
    let Some(text) = plan.text("url")? else {
        return Ok(None);
    };
    text.as_a("url", WrittenOrigin::of_url)?;
    Ok(Some(text.said.to_owned()))
}

fn read_confirm(plan: &Table<'_>) -> Result<Option<String>, Diagnostic> {
    let Some(text) = plan.text("confirm")? else {
        return Ok(None);
    };
    if text.said.trim() != text.said || text.said.chars().count() > 100 {
        let message = "confirm: wanted a word that can be typed";
        return Err(Diagnostic::new("plan.confirm", message)
            .at(text.location)
            .help("at most 100 characters, without spaces around it"));
    }
    Ok(Some(text.said.to_owned()))
}

fn read_automatic(plan: &Table<'_>) -> Result<bool, Diagnostic> {
    let Some(value) = plan.get("rollback") else {
        return Ok(true);
    };
    let rollback = Table::open(plan.source(), "[rollback]", value, &["automatic"])?;
    Ok(rollback.flag("automatic")?.unwrap_or(true))
}

fn read_entries(
    list: EntryList,
    source: &Arc<SourceText>,
    tree: &DeTable<'_>,
    folder: &Path,
    secrets: &[SecretEntry],
) -> Result<Vec<Entry>, Diagnostic> {
    let plan = Table::whole_plan(source, tree);
    let brackets = format!("write [[{}]], with two brackets", list.key());
    let items = plan
        .list(list.key())
        .map_err(|diagnostic| diagnostic.help(brackets))?;
    let items = items.unwrap_or_default();
    if let Some(over) = items.get(MOST) {
        let message = format!(
            "{} entries of [[{}]]; a plan has at most {MOST}",
            items.len(),
            list.key()
        );
        return Err(Diagnostic::new("plan.too-many", message)
            .at(source.locate(over.span().start))
            .parameter("of", list.key())
            .parameter("most", MOST.to_string()));
    }
    items
        .iter()
        .map(|item| Entry::read(list, source, item, folder, secrets))
        .collect()
}

#[cfg(test)]
mod tests;
