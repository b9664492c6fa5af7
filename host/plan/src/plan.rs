//! A whole plan: what one deployment of one target is made of.
//!
//! Owns what can be said without a plugin. What needs one is [`super::Entry`]'s (its schema) and
//! [`Plan::check_recovery`]'s (its role).

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use toml::de::DeTable;

use crate::duration;
use crate::entry::{Entry, EntryList};
use crate::location::{Location, Source};
use crate::name::Name;
use crate::origin::Origin;
use crate::problem::{Problem, Refusal};
use crate::read::{self, Document};
use crate::secret::{SecretEntry, SecretFrom};
use crate::table::Table;
use deployhost_policy::suggest;

use super::{reference, syntax};

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

/// How sure a run has to be, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    Applied,
    Running,
    Answering,
    Verified,
}

/// What a plugin says of itself that decides whether its step can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Role<'a> {
    /// gate | change | verify
    pub role: &'a str,
    /// pin | undo | none
    pub recovery: &'a str,
}

impl Plan {
    /// Reads, parses and checks the plan at `path`.
    pub fn load(path: &Path) -> Result<Self, Problem> {
        Self::parse(read::read(path)?)
    }

    fn parse(document: Document) -> Result<Self, Problem> {
        let source = Arc::new(document.source);
        let tree = syntax::parse(&source)?;
        if tree.is_empty() {
            let problem = Problem::new(source.place(0), "the plan is empty");
            return Err(problem.cure("begin with `version = 1`, `name` and `environment`"));
        }
        let table = Table::whole_plan(&source, &tree);
        version(&table)?;
        table.only(&KEYS)?;
        let folder = document.file.parent().unwrap_or(Path::new("/")).to_owned();
        let secrets = SecretEntry::all(&table, &folder)?;
        let plan = Self {
            name: name(&table, "name")?,
            environment: name(&table, "environment")?,
            url: url(&table)?,
            confirm: confirm(&table)?,
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
                .map(|text| text.as_a("require", Evidence::parse))
                .transpose()?,
            automatic_rollback: automatic(&table)?,
            steps: entries(EntryList::Steps, &source, &tree, &folder, &secrets)?,
            notifiers: entries(EntryList::Notifiers, &source, &tree, &folder, &secrets)?,
            secrets,
            folder,
            file: document.file,
            open_to_others: document.open_to_others,
        };
        if plan.steps.is_empty() {
            let problem = Problem::new(table.location_of("step"), "the plan has no step");
            return Err(problem.cure("add one: `[[step]]` with `name`, `plugin` and `config`"));
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

    fn check_names(&self) -> Result<(), Problem> {
        let entries: Vec<_> = self.entries().collect();
        for (at, entry) in entries.iter().enumerate() {
            if let Some(first) = entries[..at].iter().find(|first| first.name == entry.name) {
                let what = format!("two entries are called `{}`", entry.name);
                return Err(Problem::new(entry.own_location(), what).cure(format!(
                    "give one of them another `name`; the first is at {}",
                    first.own_location()
                )));
            }
        }
        Ok(())
    }

    /// Refuses an automatic rollback that could not restore what a failed check found broken.
    /// `role_of` answers for each step.
    pub fn check_recovery<'a>(&self, role_of: impl Fn(&Entry) -> Role<'a>) -> Result<(), Problem> {
        if !self.automatic_rollback {
            return Ok(());
        }
        let is_verify = |step: &Entry| role_of(step).role == "verify";
        let Some(last) = self.steps.iter().rposition(is_verify) else {
            return Ok(());
        };
        let lost = self.steps[..last].iter().find(|step| {
            let Role { role, recovery } = role_of(step);
            role == "change" && recovery == "none" && !step.irreversible
        });
        match lost {
            None => Ok(()),
            Some(step) => {
                let what = format!(
                    "step `{}` cannot be taken back, and `{}` after it could ask for that",
                    step.name, self.steps[last].name
                );
                Err(Problem::new(step.own_location(), what).cure(
                    "write `irreversible = true` in the step, \
                     or `automatic = false` under [rollback]",
                ))
            }
        }
    }

    /// What is no reason to refuse the plan, one line each.
    pub fn warnings(&self) -> Vec<String> {
        let named: Vec<String> = self
            .entries()
            .flat_map(|entry| {
                let auth = entry.grant.git.iter().filter_map(|git| git.auth.as_deref());
                let auth = auth
                    .filter_map(reference::leading)
                    .map(|(name, _)| name.to_owned());
                reference::secrets_named(&entry.config)
                    .into_iter()
                    .chain(auth)
            })
            .collect();
        let unused = self
            .secrets
            .iter()
            .filter(|s| !named.iter().any(|n| n == s.name.as_str()));
        let unused = unused.map(|secret| {
            let file = self.file.display();
            format!(
                "the secret `{}` is used nowhere — {file} — take it out",
                secret.name
            )
        });
        let beside = self.secrets.iter().filter_map(|secret| match &secret.from {
            SecretFrom::File(file)
                if self.open_to_others && file.parent() == Some(&self.folder) =>
            {
                Some(format!(
                    "others can read the plan, and the secret `{}` is a file beside it — {} — chmod 600 it, or keep the secret elsewhere",
                    secret.name,
                    self.file.display()
                ))
            }
            _ => None,
        });
        unused.chain(beside).collect()
    }

    /// The plan as the journal keeps it. Of secrets it says where they come from.
    pub fn to_resolved_json(&self) -> Result<Value, serde_json::Error> {
        serde_json::to_value(self)
    }

    /// The plan that [`Plan::to_resolved_json`] wrote. Its problems have no line: they name the value.
    pub fn from_resolved_json(value: Value) -> Result<Self, Problem> {
        let mut plan: Self = serde_json::from_value(value).map_err(|error| {
            let place = Location::Journal("the plan".to_owned());
            Problem::new(place, format!("this binary cannot read it: {error}"))
                .cure("use the version of deployhost that wrote it")
        })?;
        for entry in plan.entries_mut() {
            entry.name_locations();
        }
        Ok(plan)
    }
}

impl Evidence {
    fn parse(text: &str) -> Result<Self, Refusal> {
        let all = [
            ("applied", Self::Applied),
            ("running", Self::Running),
            ("answering", Self::Answering),
            ("verified", Self::Verified),
        ];
        all.iter()
            .find_map(|&(word, evidence)| (word == text).then_some(evidence))
            .ok_or_else(|| {
                let words = all.iter().map(|&(word, _)| word);
                Refusal::new("no such evidence").cure(suggest::cure(text, words))
            })
    }
}

/// Before all else: another version may have other keys.
fn version(plan: &Table<'_>) -> Result<(), Problem> {
    let Some(value) = plan.get("version") else {
        return Err(plan.missing("version", "1"));
    };
    match syntax::whole(value.get_ref()) {
        Some(VERSION) => Ok(()),
        None => Err(plan.wrong("version", "a whole number", value)),
        Some(other) => {
            let what = format!("version {other} of the plan's format is not known");
            Err(Problem::new(plan.location_of("version"), what).cure("this binary reads version 1"))
        }
    }
}

fn name(plan: &Table<'_>, key: &str) -> Result<Name, Problem> {
    plan.text(key)?
        .ok_or_else(|| plan.missing(key, "\"…\""))?
        .as_a(key, Name::parse)
}

fn url(plan: &Table<'_>) -> Result<Option<String>, Problem> {
    let Some(text) = plan.text("url")? else {
        return Ok(None);
    };
    text.as_a("url", Origin::of_url)?;
    Ok(Some(text.said.to_owned()))
}

fn confirm(plan: &Table<'_>) -> Result<Option<String>, Problem> {
    let Some(text) = plan.text("confirm")? else {
        return Ok(None);
    };
    if text.said.trim() != text.said || text.said.chars().count() > 100 {
        let what = "confirm: wanted a word that can be typed";
        return Err(
            Problem::new(text.place, what).cure("at most 100 characters, without spaces around it")
        );
    }
    Ok(Some(text.said.to_owned()))
}

fn automatic(plan: &Table<'_>) -> Result<bool, Problem> {
    let Some(value) = plan.get("rollback") else {
        return Ok(true);
    };
    let rollback = Table::open(plan.source(), "[rollback]", value, &["automatic"])?;
    Ok(rollback.flag("automatic")?.unwrap_or(true))
}

fn entries(
    list: EntryList,
    source: &Arc<Source>,
    tree: &DeTable<'_>,
    folder: &Path,
    secrets: &[SecretEntry],
) -> Result<Vec<Entry>, Problem> {
    let plan = Table::whole_plan(source, tree);
    let brackets = format!("write [[{}]], with two brackets", list.key());
    let items = plan
        .list(list.key())
        .map_err(|problem| problem.cure(brackets))?;
    let items = items.unwrap_or_default();
    if let Some(over) = items.get(MOST) {
        let what = format!(
            "{} entries of [[{}]]; a plan has at most {MOST}",
            items.len(),
            list.key()
        );
        return Err(Problem::new(source.place(over.span().start), what));
    }
    items
        .iter()
        .map(|item| Entry::read(list, source, item, folder, secrets))
        .collect()
}

#[cfg(test)]
mod tests;
