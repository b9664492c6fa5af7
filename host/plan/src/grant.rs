//! What one entry may do with each capability: plain data, as written under `grant` or granted by
//! what the entry's config says.
//!
//! The capabilities check these texts further, each by its own rule, before anything is allowed.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::external_names;
use crate::origin::Origin;
use crate::path::checked_path;
use crate::problem::{Problem, Refusal};
use crate::secret::{SecretEntry, referred};
use crate::syntax::Item;
use crate::table::Table;

/// Most grants of one kind, and most names in one grant.
const MOST: usize = 100;

/// Everything that one entry may do; the default is nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grants {
    pub http: Vec<HttpGrant>,
    pub git: Vec<GitGrant>,
    pub compose: Vec<ComposeGrant>,
    pub containers: Vec<ContainersGrant>,
    pub files: Vec<FilesGrant>,
    /// The WASI that a plugin's runtime needs: clocks, random numbers, output into the log.
    pub wasi: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpGrant {
    /// `https://example.com`
    pub origin: String,
    pub methods: Methods,
    /// The host may be of this machine or of its network: granted by writing such an address
    /// plainly, or `private = true` beside a name.
    pub private: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Methods {
    /// GET and HEAD.
    Read,
    Any,
    Only(Vec<String>),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GitGrant {
    /// Absolute.
    pub tree: PathBuf,
    /// Names of the tree's remotes, URLs, absolute paths.
    pub remotes: Vec<String>,
    pub refs: Vec<String>,
    /// `user`, or `${secret.NAME}`.
    pub auth: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComposeGrant {
    /// Absolute, in Compose's order of precedence.
    pub files: Vec<PathBuf>,
    /// None: what Compose's own rule makes of the files.
    pub project: Option<String>,
    /// None: those that the files define.
    pub services: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContainersGrant {
    /// The Compose files whose containers are meant; none: any of the project's.
    pub files: Vec<PathBuf>,
    /// None only beside files: what Compose's own rule makes of them.
    pub project: Option<String>,
    pub services: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilesGrant {
    /// Absolute.
    pub folder: PathBuf,
    pub write: bool,
}

impl Grants {
    /// The entry's `grant` as written.
    pub(super) fn read(
        entry: &Table<'_>,
        folder: &Path,
        secrets: &[SecretEntry],
    ) -> Result<Self, Problem> {
        let Some(value) = entry.get("grant") else {
            return Ok(Self::default());
        };
        let known = ["http", "git", "compose", "containers", "files", "wasi"];
        let grant = Table::open(entry.source(), "`grant`", value, &known)?;
        Ok(Self {
            http: each(
                &grant,
                "http",
                &["origin", "methods", "private"],
                HttpGrant::read,
            )?,
            git: each(
                &grant,
                "git",
                &["tree", "remotes", "refs", "auth"],
                |table| GitGrant::read(table, folder, secrets),
            )?,
            compose: each(
                &grant,
                "compose",
                &["files", "project", "services"],
                |table| ComposeGrant::read(table, folder),
            )?,
            containers: each(
                &grant,
                "containers",
                &["project", "services"],
                ContainersGrant::read,
            )?,
            files: each(&grant, "files", &["folder", "write"], |table| {
                FilesGrant::read(table, folder)
            })?,
            wasi: grant.flag("wasi")?.unwrap_or_default(),
        })
    }
}

fn each<'t, T>(
    grant: &Table<'t>,
    key: &'static str,
    known: &[&str],
    read: impl Fn(&Table<'t>) -> Result<T, Problem>,
) -> Result<Vec<T>, Problem> {
    let items = grant.list(key)?.unwrap_or_default();
    if items.len() > MOST {
        let what = format!("grant.{key}: {} grants; at most {MOST}", items.len());
        return Err(Problem::new(grant.location_of(key), what));
    }
    items
        .iter()
        .map(|item: &'t Item<'t>| read(&Table::open(grant.source(), noun(key), item, known)?))
        .collect()
}

fn noun(key: &str) -> &'static str {
    match key {
        "http" => "a grant of `http`",
        "git" => "a grant of `git`",
        "compose" => "a grant of `compose`",
        "containers" => "a grant of `containers`",
        _ => "a grant of `files`",
    }
}

/// The list's texts, each through `parse`.
fn all<T>(
    table: &Table<'_>,
    key: &str,
    parse: impl Fn(&str) -> Result<T, Refusal>,
) -> Result<Option<Vec<T>>, Problem> {
    let Some(texts) = table.texts(key)? else {
        return Ok(None);
    };
    if texts.len() > MOST {
        let what = format!("{key}: {} names; at most {MOST}", texts.len());
        return Err(Problem::new(table.location_of(key), what));
    }
    let parsed: Result<_, _> = texts.iter().map(|text| text.as_a(key, &parse)).collect();
    parsed.map(Some)
}

impl HttpGrant {
    fn read(table: &Table<'_>) -> Result<Self, Problem> {
        let origin = table
            .text("origin")?
            .ok_or_else(|| table.missing("origin", "\"https://example.com\""))?
            .as_a("origin", Origin::parse)?;
        let methods = all(table, "methods", method)?.map_or(Methods::Read, Methods::Only);
        Ok(Self {
            private: table.flag("private")?.unwrap_or(origin.private),
            origin: origin.text,
            methods,
        })
    }
}

fn method(text: &str) -> Result<String, Refusal> {
    if text.len() > 16 || !text.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(Refusal::new("wanted a method in capitals").cure("write \"GET\" or \"POST\""));
    }
    Ok(text.to_owned())
}

impl GitGrant {
    fn read(table: &Table<'_>, folder: &Path, secrets: &[SecretEntry]) -> Result<Self, Problem> {
        let tree = table
            .text("tree")?
            .ok_or_else(|| table.missing("tree", "\"/srv/…\""))?
            .as_a("tree", |text| checked_path(folder, text))?;
        let auth = match table.text("auth")? {
            None => None,
            Some(text) if text.said == "user" => Some("user".to_owned()),
            Some(text) => Some(referred("auth", &text, secrets)?),
        };
        Ok(Self {
            tree,
            remotes: all(table, "remotes", |text| {
                external_names::remote(folder, text)
            })?
            .unwrap_or_default(),
            refs: all(table, "refs", external_names::reference)?.unwrap_or_default(),
            auth,
        })
    }
}

impl ComposeGrant {
    fn read(table: &Table<'_>, folder: &Path) -> Result<Self, Problem> {
        Ok(Self {
            files: all(table, "files", |text| checked_path(folder, text))?
                .ok_or_else(|| table.missing("files", "[\"docker-compose.yml\"]"))?,
            project: project(table)?,
            services: all(table, "services", external_names::service)?,
        })
    }
}

impl ContainersGrant {
    fn read(table: &Table<'_>) -> Result<Self, Problem> {
        let project = project(table)?.ok_or_else(|| table.missing("project", "\"…\""))?;
        Ok(Self {
            files: Vec::new(),
            project: Some(project),
            services: all(table, "services", external_names::service)?,
        })
    }
}

fn project(table: &Table<'_>) -> Result<Option<String>, Problem> {
    let project = table.text("project")?;
    project
        .map(|text| text.as_a("project", external_names::project))
        .transpose()
}

impl FilesGrant {
    fn read(table: &Table<'_>, folder: &Path) -> Result<Self, Problem> {
        Ok(Self {
            folder: table
                .text("folder")?
                .ok_or_else(|| table.missing("folder", "\"/srv/…\""))?
                .as_a("folder", |text| checked_path(folder, text))?,
            write: table.flag("write")?.unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests;
