//! A config that passed its schema, as meant: the values that `x-grant` marks become absolute
//! paths, and become grants.
//!
//! Only what the plan's author wrote counts: a schema's defaults are never filled in, so they can
//! grant nothing.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::entry::Entry;
use crate::external_names;
use crate::grant::{
    ComposeGrant, ContainersGrant, FilesGrant, GitGrant, Grants, HttpGrant, Methods,
};
use crate::grant_marker::GrantMarker;
use crate::origin::Origin;
use crate::path::checked_path;
use crate::problem::{Fault, Refusal, member};
use crate::reference::leading;
use crate::schema::Schema;
use crate::secret::{SecretEntry, SecretKind};
use deployhost_policy::display::{display, display_path};
use deployhost_policy::suggest;

/// The config with absolute paths where the schema says that a value is one.
pub fn resolve_paths(config: &Value, schema: &Schema, folder: &Path) -> Result<Value, Fault> {
    let mut config = config.clone();
    for (property, word) in schema.granting() {
        let pointer = member("", property);
        if let Some(value) = config.get_mut(property) {
            for (pointer, text) in texts(value, &pointer, word)? {
                *text = to_resolved_json(text, word, folder)
                    .map_err(|refusal| refusal.under(pointer))?;
            }
        }
    }
    Ok(config)
}

/// The texts of a value that grants something, each with its pointer.
fn texts<'v>(
    value: &'v mut Value,
    pointer: &str,
    word: GrantMarker,
) -> Result<Vec<(String, &'v mut String)>, Fault> {
    let refused = |pointer: &str| {
        Refusal::new(format!(
            "wanted text, or a list of text, since it grants `{}`",
            word.text()
        ))
        .under(pointer)
    };
    match value {
        Value::String(text) => Ok(vec![(pointer.to_owned(), text)]),
        Value::Array(items) => items
            .iter_mut()
            .enumerate()
            .map(|(at, item)| (member(pointer, &at.to_string()), item))
            .map(|(pointer, item)| match item {
                Value::String(text) => Ok((pointer, text)),
                _ => Err(refused(&pointer)),
            })
            .collect(),
        _ => Err(refused(pointer)),
    }
}

fn to_resolved_json(text: &str, word: GrantMarker, folder: &Path) -> Result<String, Refusal> {
    match word {
        GrantMarker::HttpRead | GrantMarker::HttpWrite => Ok(text.to_owned()),
        _ if leading(text).is_some() => {
            let what = format!("a secret cannot be what `{}` grants", word.text());
            Err(Refusal::new(what).cure("write the value out"))
        }
        GrantMarker::GitTree | GrantMarker::FolderRead | GrantMarker::FolderWrite => {
            let path = checked_path(folder, text)?;
            match path.metadata() {
                Ok(there) if !there.is_dir() => {
                    let at = display_path(&path.display().to_string());
                    Err(Refusal::new(format!("`{at}` is a file")).cure("name a folder"))
                }
                _ => written(&path),
            }
        }
        GrantMarker::ComposeFile => {
            let path = checked_path(folder, text)?;
            match path.metadata() {
                Ok(there) if !there.is_file() => {
                    let at = display_path(&path.display().to_string());
                    Err(Refusal::new(format!("`{at}` is no file")).cure("name a Compose file"))
                }
                _ => written(&path),
            }
        }
        GrantMarker::GitRemote => external_names::remote(folder, text),
        GrantMarker::GitRef => external_names::reference(text),
        GrantMarker::ComposeProject => external_names::project(text),
        GrantMarker::ComposeService => external_names::service(text),
    }
}

fn written(path: &Path) -> Result<String, Refusal> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| Refusal::new("the path is not UTF-8"))
}

/// What is written under `grant`, and what the config grants.
pub fn grants(entry: &Entry, schema: &Schema, secrets: &[SecretEntry]) -> Result<Grants, Fault> {
    let mut grants = entry.grant.clone();
    let mut marked = MarkedGrants::default();
    for (property, word) in schema.granting() {
        let pointer = member("", property);
        if let Some(value) = entry.config.get(property) {
            for (pointer, text) in texts(&mut value.clone(), &pointer, word)? {
                match word {
                    GrantMarker::HttpRead => {
                        grants
                            .http
                            .push(http(text, Methods::Read, secrets, pointer)?)
                    }
                    GrantMarker::HttpWrite => {
                        grants
                            .http
                            .push(http(text, Methods::Any, secrets, pointer)?)
                    }
                    GrantMarker::FolderRead | GrantMarker::FolderWrite => {
                        grants.files.push(FilesGrant {
                            folder: PathBuf::from(&*text),
                            write: word == GrantMarker::FolderWrite,
                        })
                    }
                    _ => marked.take(word, text, pointer)?,
                }
            }
        }
    }
    marked.grant(&mut grants)?;
    Ok(grants)
}

fn http(
    text: &str,
    methods: Methods,
    secrets: &[SecretEntry],
    pointer: String,
) -> Result<HttpGrant, Fault> {
    let origin = match leading(text) {
        None => Origin::of_url(text),
        Some((name, _)) => match secrets.iter().find(|secret| secret.name.as_str() == name) {
            Some(secret) if secret.kind == SecretKind::Url => Origin::parse(&secret.origin),
            Some(_) => Err(Refusal::new(format!(
                "the secret `{}` is a token, no address",
                display(name)
            ))
            .cure("write the address out, or declare a secret of kind = \"url\"")),
            None => Err(
                Refusal::new(format!("there is no secret `{}`", display(name)))
                    .cure(suggest::cure(name, secrets.iter().map(|s| s.name.as_str()))),
            ),
        },
    };
    let origin = origin.map_err(|refusal| refusal.under(pointer))?;
    Ok(HttpGrant {
        origin: origin.text,
        methods,
        private: origin.private,
    })
}

/// What belongs together, though several properties say it.
#[derive(Default)]
struct MarkedGrants {
    /// The tree, and the pointer to the first thing that needs one.
    tree: Option<PathBuf>,
    needs_tree: Option<String>,
    remotes: Vec<String>,
    refs: Vec<String>,
    files: Vec<PathBuf>,
    project: Option<String>,
    services: Option<Vec<String>>,
    services_at: Option<String>,
}

impl MarkedGrants {
    fn take(&mut self, word: GrantMarker, text: &str, pointer: String) -> Result<(), Fault> {
        let text = text.to_owned();
        let twice = |noun: &str| {
            let what = format!("an entry's config names one {noun}");
            Err(Refusal::new(what)
                .cure("write the others under `grant`")
                .under(pointer.clone()))
        };
        match word {
            GrantMarker::GitTree if self.tree.is_some() => return twice("work tree"),
            GrantMarker::GitTree => self.tree = Some(PathBuf::from(text)),
            GrantMarker::GitRemote | GrantMarker::GitRef => {
                self.needs_tree.get_or_insert(pointer);
                match word {
                    GrantMarker::GitRemote => self.remotes.push(text),
                    _ => self.refs.push(text),
                }
            }
            GrantMarker::ComposeFile => self.files.push(PathBuf::from(text)),
            GrantMarker::ComposeProject if self.project.is_some() => return twice("project"),
            GrantMarker::ComposeProject => self.project = Some(text),
            GrantMarker::ComposeService => {
                self.services_at.get_or_insert(pointer);
                self.services.get_or_insert_default().push(text);
            }
            GrantMarker::HttpRead
            | GrantMarker::HttpWrite
            | GrantMarker::FolderRead
            | GrantMarker::FolderWrite => {}
        }
        Ok(())
    }

    fn grant(self, grants: &mut Grants) -> Result<(), Fault> {
        match (self.tree, self.needs_tree) {
            (Some(tree), _) => merge(
                &mut grants.git,
                GitGrant {
                    tree,
                    remotes: self.remotes,
                    refs: self.refs,
                    auth: None,
                },
            ),
            (None, Some(pointer)) => {
                let what = "there is no work tree that this could be of";
                return Err(Refusal::new(what)
                    .cure("name the tree in the config too")
                    .under(pointer));
            }
            (None, None) => {}
        }
        match (
            self.files.is_empty() && self.project.is_none(),
            self.services_at,
        ) {
            (true, None) => return Ok(()),
            (true, Some(pointer)) => {
                let what = "there is no project that this could be of";
                return Err(Refusal::new(what)
                    .cure("name the Compose file too")
                    .under(pointer));
            }
            (false, _) => {}
        }
        if !self.files.is_empty() {
            grants.compose.push(ComposeGrant {
                files: self.files.clone(),
                project: self.project.clone(),
                services: self.services.clone(),
            });
        }
        grants.containers.push(ContainersGrant {
            files: self.files,
            project: self.project,
            services: self.services,
        });
        Ok(())
    }
}

/// One grant a tree: what is written under `grant` for the same tree adds to it.
fn merge(all: &mut Vec<GitGrant>, more: GitGrant) {
    match all.iter_mut().find(|grant| grant.tree == more.tree) {
        None => all.push(more),
        Some(grant) => {
            grant.remotes.extend(more.remotes);
            grant.refs.extend(more.refs);
        }
    }
}

#[cfg(test)]
mod tests;
