//! What one entry may do: the plan's grants as the capabilities know them, and as people read them.
//!
//! Both must allow: what a plugin does not ask for it does not get, whatever is written, and nobody
//! is told that it may. Knows no adapter.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::error::{Error, Result};
use deployhost_plan::{Entry, Grants, Methods, secrets_named};
use deployhost_policy::secret::Secret;
use deployhost_runtime::capability::{compose, containers, git, http};
use deployhost_runtime::sandbox::Granted;

/// The project that Compose itself would give some files.
pub type ProjectResolver = dyn Fn(&[PathBuf]) -> std::result::Result<String, String> + Sync;

/// Grants, and a line for each.
pub struct EffectiveGrants {
    pub granted: Granted,
    /// Which capability it is about, and what it lets do.
    pub lines: Vec<(&'static str, String)>,
}

impl EffectiveGrants {
    /// What is written, checked by each capability's own rule.
    pub fn of(
        entry: &Entry,
        grants: &Grants,
        secrets: &BTreeMap<String, Arc<Secret>>,
        resolve_project: &ProjectResolver,
    ) -> Result<Self> {
        let mut granted = Granted::default();
        let mut lines = Vec::new();
        // A capability says `what — what to do` in one line; the place belongs between.
        let refused = |line: String| {
            let (what, cure) = line.split_once(" — ").unwrap_or((&line, ""));
            let error = Error::refused(what).at(entry.place("").to_string());
            match cure {
                "" => error,
                cure => error.cure(cure),
            }
        };
        for grant in &grants.http {
            let origin = http::Origin::parse(&grant.origin)
                .map_err(|why| refused(format!("{}: {}", grant.origin, why.what())))?;
            let methods = match &grant.methods {
                Methods::Read => http::Methods::Read,
                Methods::Any => http::Methods::Any,
                Methods::Only(only) => http::Methods::only(only)
                    .map_err(|_| refused(format!("no methods: {}", only.join(", "))))?,
            };
            let what = match &grant.methods {
                Methods::Read => "GET and HEAD".to_owned(),
                Methods::Any => "any request".to_owned(),
                Methods::Only(only) => only.join(", "),
            };
            lines.push(("http", format!("{what} to {}", grant.origin)));
            granted.http.push(http::Grant {
                origin,
                methods,
                private: grant.private,
            });
        }
        for grant in &grants.git {
            let what = format!(
                "move {} to {} of {}",
                grant.tree.display(),
                list(&grant.refs),
                list(&grant.remotes)
            );
            lines.push(("git", what));
            granted.git.push(git::Grant {
                tree: grant.tree.clone(),
                remotes: grant.remotes.clone(),
                refs: grant.refs.clone(),
                auth: match grant.auth.as_deref() {
                    None => git::Auth::Plain,
                    Some("user") => git::Auth::User,
                    Some(_) => return Err(refused("git auth is \"user\", or left out".into())),
                },
            });
        }
        for grant in &grants.compose {
            let (project, services) = (grant.project.as_deref(), grant.services.as_deref());
            let (scope, files, project, services) =
                composed(&grant.files, project, services, resolve_project).map_err(refused)?;
            lines.push(("compose", format!("pull, build and up {scope}")));
            granted.compose.push(compose::Grant {
                files,
                project,
                services,
            });
        }
        for grant in &grants.containers {
            let (project, services) = (grant.project.as_deref(), grant.services.as_deref());
            let (scope, files, project, services) =
                composed(&grant.files, project, services, resolve_project).map_err(refused)?;
            lines.push(("containers", format!("restart, stop and start {scope}")));
            granted.containers.push(containers::Grant {
                files,
                project,
                services,
            });
        }
        if grants.wasi || !grants.files.is_empty() {
            let written = entry.grant.wasi || !entry.grant.files.is_empty();
            let refused = refused("this version enforces no such grant".into());
            return Err(refused.cure(match written {
                true => "leave out grant.wasi and grant.files",
                false => "use another plugin: this one wants a folder, which no capability reaches",
            }));
        }
        granted.secrets = secrets_named(&entry.config)
            .iter()
            .filter_map(|name| secrets.get(name).cloned())
            .collect();
        Ok(Self { granted, lines })
    }

    /// Takes away what the plugin does not ask for; a warning for each that somebody wrote.
    pub fn only(&mut self, entry: &Entry, asked: &[String]) -> Vec<String> {
        let written = &entry.grant;
        let kinds = [
            ("http", !written.http.is_empty()),
            ("git", !written.git.is_empty()),
            ("compose", !written.compose.is_empty()),
            ("containers", !written.containers.is_empty()),
        ];
        let mut idle = Vec::new();
        for (kind, written) in kinds {
            if asked.iter().any(|capability| capability == kind) {
                continue;
            }
            match kind {
                "http" => self.granted.http.clear(),
                "git" => self.granted.git.clear(),
                "compose" => self.granted.compose.clear(),
                _ => self.granted.containers.clear(),
            }
            self.lines.retain(|(about, _)| *about != kind);
            if written {
                idle.push(format!(
                    "grant.{kind} gives nothing, since the plugin of {} does not ask for {kind} — {} — leave it out",
                    entry.name,
                    entry.own_location()
                ));
            }
        }
        if !asked.iter().any(|capability| capability == "http") {
            // Only a request can carry one.
            idle.extend(self.granted.secrets.drain(..).map(|secret| {
                format!(
                    "the secret {} gives nothing, since the plugin of {} does not ask for http — {} — leave it out",
                    secret.name(),
                    entry.name,
                    entry.own_location()
                )
            }));
        }
        idle
    }

    /// For people, a line each.
    pub fn lines(&self) -> Vec<String> {
        let granted = self
            .lines
            .iter()
            .map(|(about, what)| format!("{about}: {what}"));
        let secrets = self.granted.secrets.iter();
        let secrets = secrets.map(|secret| format!("uses the secret {}, unseen", secret.name()));
        granted.chain(secrets).collect()
    }
}

type Composed = (
    String,
    Vec<compose::ComposeFile>,
    compose::ProjectName,
    Option<Vec<compose::ServiceName>>,
);

/// What a grant about Compose names, in words and checked; without a project it is Compose's own.
fn composed(
    files: &[PathBuf],
    project: Option<&str>,
    services: Option<&[String]>,
    resolve_project: &(dyn Fn(&[PathBuf]) -> std::result::Result<String, String> + Sync),
) -> std::result::Result<Composed, String> {
    let project = match project {
        Some(project) => project.to_owned(),
        None => resolve_project(files)?,
    };
    let project = compose::ProjectName::new(&project)?;
    let scope = format!(
        "{} of project {}",
        services.map_or("every service".into(), list),
        project.as_str()
    );
    let files = files
        .iter()
        .map(|file| compose::ComposeFile::new(&file.to_string_lossy()))
        .collect::<std::result::Result<_, _>>()?;
    let services = services
        .map(|services| {
            services
                .iter()
                .map(|service| compose::ServiceName::new(service))
                .collect()
        })
        .transpose()?;
    Ok((scope, files, project, services))
}

fn list(names: &[String]) -> String {
    match names {
        [] => "nothing".into(),
        names => names.join(", "),
    }
}
