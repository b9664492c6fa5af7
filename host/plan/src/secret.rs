//! `[secrets]`: where each comes from, what it is, and which server it is for. Never its value.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::name::Name;
use crate::path::checked_path;
use crate::table::Table;
use deployhost_policy::Diagnostic;
use deployhost_policy::http::WrittenOrigin;
use deployhost_policy::secret::{SecretKind, SecretSource};
use deployhost_policy::suggest;

/// Most secrets of one plan.
const MOST: usize = 100;

/// A secret as declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretEntry {
    pub name: Name,
    pub from: SecretSource,
    pub kind: SecretKind,
    /// The one server that the value, or what it signs, is sent to: `https://discord.com`.
    pub origin: String,
}

impl SecretEntry {
    /// A text of the same shape as what a plugin sees in the secret's place: for checking a config
    /// before there is a run.
    pub fn stand_in(&self) -> String {
        match self.kind {
            SecretKind::Url => format!("{}/s-{:032}", self.origin, 0),
            SecretKind::Token | SecretKind::Key => format!("s-{:032}", 0),
        }
    }

    pub(super) fn all(plan: &Table<'_>, folder: &Path) -> Result<Vec<Self>, Diagnostic> {
        let Some(value) = plan.get("secrets") else {
            return Ok(Vec::new());
        };
        let names = Table::names(plan.source(), "[secrets]", value)?;
        if names.len() > MOST {
            let message = format!("{} secrets; a plan has at most {MOST}", names.len());
            return Err(Diagnostic::new("plan.too-many", message)
                .at(plan.location_of("secrets"))
                .parameter("of", "secrets")
                .parameter("most", MOST.to_string()));
        }
        names
            .into_iter()
            .map(|(name, value)| {
                let name = name.as_a("a secret's name", Name::parse)?;
                let keys = ["env", "file", "credential", "kind", "origin"];
                let table = Table::open(plan.source(), "a secret", value, &keys)?;
                Self::read(name, &table, folder)
            })
            .collect()
    }

    fn read(name: Name, table: &Table<'_>, folder: &Path) -> Result<Self, Diagnostic> {
        let from = read_source(table, folder)?;
        let kind = table
            .text("kind")?
            .ok_or_else(|| table.refuse_missing("kind", "\"token\""))?
            .as_a("kind", parse_kind)?;
        let origin = table
            .text("origin")?
            .ok_or_else(|| table.refuse_missing("origin", "\"https://example.com\""))?
            .as_a("origin", check_origin)?;
        Ok(Self {
            name,
            from,
            kind,
            origin,
        })
    }
}

fn read_source(table: &Table<'_>, folder: &Path) -> Result<SecretSource, Diagnostic> {
    let mut found = Vec::new();
    if let Some(text) = table.text("env")? {
        found.push(SecretSource::Env(text.as_a("env", check_variable)?));
    }
    if let Some(text) = table.text("file")? {
        let path = text.as_a("file", |text| checked_path(folder, text))?;
        found.push(SecretSource::File(path));
    }
    if let Some(text) = table.text("credential")? {
        found.push(SecretSource::Credential(
            text.as_a("credential", check_credential)?,
        ));
    }
    match found.pop() {
        Some(only) if found.is_empty() => Ok(only),
        Some(_) => Err(
            Diagnostic::new("plan.secret-source", "a secret comes from one place")
                .at(table.location())
                .help("keep one of `env`, `file`, `credential`"),
        ),
        None => Err(Diagnostic::new(
            "plan.secret-source",
            "the secret does not say where it comes from",
        )
        .at(table.location())
        .help("add one of `env`, `file`, `credential`")),
    }
}

fn parse_kind(text: &str) -> Result<SecretKind, Diagnostic> {
    let kind = SecretKind::ALL
        .into_iter()
        .find(|kind| kind.as_str() == text);
    kind.ok_or_else(|| {
        let words = SecretKind::ALL.map(SecretKind::as_str);
        Diagnostic::new("plan.secret-kind", "no such kind of secret")
            .help(suggest::help(text, words))
    })
}

/// What a refused text says is not repeated: people put the secret itself there.
fn check_variable(text: &str) -> Result<String, Diagnostic> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    if text.len() > 128 || text.starts_with(|c: char| c.is_ascii_digit()) || !text.bytes().all(fits)
    {
        return Err(Diagnostic::new(
            "plan.variable-name",
            "wanted the name of an environment variable",
        )
        .help("write its name, such as \"DISCORD_WEBHOOK_URL\", without `$`"));
    }
    Ok(text.to_owned())
}

fn check_credential(text: &str) -> Result<String, Diagnostic> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    if text.len() > 64 || text.starts_with('.') || !text.bytes().all(fits) {
        return Err(Diagnostic::new(
            "plan.credential-name",
            "wanted the name of a systemd credential",
        )
        .help("write the name that LoadCredential= gives it, such as \"discord\""));
    }
    Ok(text.to_owned())
}

fn check_origin(text: &str) -> Result<String, Diagnostic> {
    let origin = WrittenOrigin::parse(text)?;
    if !origin.https && !origin.loopback {
        return Err(
            Diagnostic::new("plan.secret-origin", "a secret is not sent over plain http")
                .help("use https"),
        );
    }
    Ok(origin.text)
}

#[cfg(test)]
mod tests;
