//! `[secrets]`: where each comes from, what it is, and which server it is for. Never its value.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::name::Name;
use crate::origin::Origin;
use crate::path::checked_path;
use crate::problem::{Problem, Refusal};
use crate::table::{PlacedText, Table};
use deployhost_policy::suggest;

/// Most secrets of one plan.
const MOST: usize = 100;

/// A secret as declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretEntry {
    pub name: Name,
    pub from: SecretFrom,
    pub kind: SecretKind,
    /// The one server that the value is sent to: `https://discord.com`.
    pub origin: String,
}

/// Where the host finds the value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretFrom {
    /// A variable of the host's environment.
    Env(String),
    /// Absolute.
    File(PathBuf),
    /// A systemd credential, by its name in `$CREDENTIALS_DIRECTORY`.
    Credential(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretKind {
    /// The value is an address of the origin.
    Url,
    /// The value is a whole header value, or git's password.
    Token,
}

impl SecretEntry {
    /// A text of the same shape as what a plugin sees in the secret's place: for checking a config
    /// before there is a run.
    pub fn stand_in(&self) -> String {
        match self.kind {
            SecretKind::Url => format!("{}/s-{:032}", self.origin, 0),
            SecretKind::Token => format!("s-{:032}", 0),
        }
    }

    pub(super) fn all(plan: &Table<'_>, folder: &Path) -> Result<Vec<Self>, Problem> {
        let Some(value) = plan.get("secrets") else {
            return Ok(Vec::new());
        };
        let names = Table::names(plan.source(), "[secrets]", value)?;
        if names.len() > MOST {
            let what = format!("{} secrets; a plan has at most {MOST}", names.len());
            return Err(Problem::new(plan.location_of("secrets"), what));
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

    fn read(name: Name, table: &Table<'_>, folder: &Path) -> Result<Self, Problem> {
        let from = SecretFrom::read(table, folder)?;
        let kind = table
            .text("kind")?
            .ok_or_else(|| table.missing("kind", "\"token\""))?
            .as_a("kind", SecretKind::parse)?;
        let origin = table
            .text("origin")?
            .ok_or_else(|| table.missing("origin", "\"https://example.com\""))?
            .as_a("origin", secret_origin)?;
        Ok(Self {
            name,
            from,
            kind,
            origin,
        })
    }
}

impl SecretFrom {
    fn read(table: &Table<'_>, folder: &Path) -> Result<Self, Problem> {
        let mut found = Vec::new();
        if let Some(text) = table.text("env")? {
            found.push(Self::Env(text.as_a("env", variable)?));
        }
        if let Some(text) = table.text("file")? {
            let path = text.as_a("file", |text| checked_path(folder, text))?;
            found.push(Self::File(path));
        }
        if let Some(text) = table.text("credential")? {
            found.push(Self::Credential(text.as_a("credential", credential)?));
        }
        match found.pop() {
            Some(only) if found.is_empty() => Ok(only),
            Some(_) => Err(Problem::new(table.place(), "a secret comes from one place")
                .cure("keep one of `env`, `file`, `credential`")),
            None => Err(
                Problem::new(table.place(), "the secret does not say where it comes from")
                    .cure("add one of `env`, `file`, `credential`"),
            ),
        }
    }
}

impl SecretKind {
    fn parse(text: &str) -> Result<Self, Refusal> {
        match text {
            "url" => Ok(Self::Url),
            "token" => Ok(Self::Token),
            other => {
                Err(Refusal::new("no such kind of secret")
                    .cure(suggest::cure(other, ["url", "token"])))
            }
        }
    }
}

/// What a refused text says is not repeated: people put the secret itself there.
fn variable(text: &str) -> Result<String, Refusal> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    if text.len() > 128 || text.starts_with(|c: char| c.is_ascii_digit()) || !text.bytes().all(fits)
    {
        return Err(Refusal::new("wanted the name of an environment variable")
            .cure("write its name, such as \"DISCORD_WEBHOOK_URL\", without `$`"));
    }
    Ok(text.to_owned())
}

fn credential(text: &str) -> Result<String, Refusal> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    if text.len() > 64 || text.starts_with('.') || !text.bytes().all(fits) {
        return Err(Refusal::new("wanted the name of a systemd credential")
            .cure("write the name that LoadCredential= gives it, such as \"discord\""));
    }
    Ok(text.to_owned())
}

fn secret_origin(text: &str) -> Result<String, Refusal> {
    let origin = Origin::parse(text)?;
    if !origin.https && !origin.loopback {
        return Err(Refusal::new("a secret is not sent over plain http").cure("use https"));
    }
    Ok(origin.text)
}

/// The secret that `text`, the value of `key`, refers to as a whole.
pub(super) fn referred(
    key: &str,
    text: &PlacedText<'_>,
    secrets: &[SecretEntry],
) -> Result<String, Problem> {
    let names = secrets.iter().map(|secret| secret.name.as_str());
    text.as_a(key, |said| match crate::reference::leading(said) {
        Some((name, "")) if secrets.iter().any(|s| s.name.as_str() == name) => Ok(said.to_owned()),
        Some((name, "")) => {
            let what = format!(
                "there is no secret `{}`",
                deployhost_policy::display::display(name)
            );
            Err(Refusal::new(what).cure(suggest::cure(name, names)))
        }
        _ => Err(Refusal::new("wanted a secret").cure("write \"${secret.NAME}\", or \"user\"")),
    })
}
