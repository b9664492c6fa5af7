//! Binds a plan: each entry meets its plugin, its config is checked against the plugin's schema,
//! what it asks for is held against what it is granted.
//!
//! The place where "a plugin's imports are what it asks, the plan's grants are what it gets" is
//! enforced before anything is called. Knows no adapter: bytes and secrets come from outside.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::bundle::{About, Bound, Bundle};
use crate::capability::secret::{Redactor, Secret};
use crate::capability::{compose, containers, git, http};
use crate::config::{
    self, BadSchema, Entry, Grants, Methods, Plan, Problem, Role, Schema, secrets_named,
};
use crate::error::{Error, Result};
use crate::sandbox::{Cache, Granted, Plugin, Ports, Sandbox};

/// A plugin and the schema of its configs.
pub struct Loaded {
    pub plugin: Arc<Plugin>,
    pub schema: Schema,
    /// The bytes that were loaded, to be kept with a release.
    pub bytes: Vec<u8>,
}

/// A plan with everything bound, and what the wiring has to know of it.
pub struct BoundPlan {
    pub bundle: Bundle,
    /// The plan as meant, for the journal.
    pub meant: String,
    /// Plugin by entry name, and its digest.
    pub plugins: Vec<(String, String)>,
    /// The work trees that its steps may move.
    pub trees: Vec<PathBuf>,
    /// The Compose projects that its steps may change.
    pub projects: Vec<String>,
    pub secrets: Vec<Arc<Secret>>,
    pub warnings: Vec<String>,
    /// What each entry may do, for people.
    pub powers: Vec<(String, Vec<String>)>,
}

impl BoundPlan {
    /// The second wall: takes every secret of the plan, and of the one that a rollback would carry
    /// out, out of any text.
    pub fn redactor(&self, back: Option<&Self>) -> Result<Redactor> {
        let back = back.map(|back| back.secrets.as_slice()).unwrap_or_default();
        Redactor::new(&[&self.secrets, back].concat())
            .map_err(|_| Error::refused("the plan's secrets are too many to be kept out of logs"))
    }
}

/// What binding needs from the wiring.
pub struct Binder<'a> {
    pub sandbox: &'a Sandbox,
    pub cache: Option<&'a Cache>,
    pub ports: &'a Ports,
    /// The project that Compose itself would give these files.
    pub project_of: &'a (dyn Fn(&[PathBuf]) -> std::result::Result<String, String> + Sync),
}

impl Binder<'_> {
    /// Loads one entry's plugin.
    pub async fn load(&self, entry: &Entry, place: &str, bytes: Vec<u8>) -> Result<Loaded> {
        let plugin = Plugin::load(self.sandbox, self.cache, self.ports, &bytes)
            .await
            .map_err(|unfit| Error::refused(unfit.what).at(place).cure(unfit.cure))?;
        let schema = Schema::parse(entry.name.as_str(), &plugin.description.config_schema)
            .map_err(|bad: BadSchema| Error::refused(bad.to_string()))?;
        Ok(Loaded {
            plugin: Arc::new(plugin),
            schema,
            bytes,
        })
    }

    /// Binds a plan whose plugins are loaded. `secret` reads a declared secret.
    pub async fn bind(
        &self,
        mut plan: Plan,
        loaded: &BTreeMap<String, Loaded>,
        mut secret: impl FnMut(&config::SecretEntry) -> Result<Secret>,
    ) -> Result<BoundPlan> {
        let mut secrets: BTreeMap<String, Arc<Secret>> = BTreeMap::new();
        let (folder, declared) = (plan.folder.clone(), plan.secrets.clone());
        let (mut trees, mut projects, mut powers) = (Vec::new(), Vec::new(), Vec::new());
        let (mut steps, mut notifiers) = (Vec::new(), Vec::new());
        let ours = plan
            .notifiers
            .iter()
            .map(|entry| entry.name.to_string())
            .collect::<Vec<_>>();
        let timeout = plan.timeout;
        for entry in plan.entries_mut() {
            let name = entry.name.to_string();
            let Some(Loaded { plugin, schema, .. }) = loaded.get(&name) else {
                return Err(Error::host(format!("the plugin of {name} was not loaded")));
            };
            let notifies = ours.contains(&name);
            fits(entry, plugin, notifies)?;
            entry.mean(schema, &folder, &declared)?;
            for named in secrets_named(&entry.config) {
                let entry = declared.iter().find(|secret| secret.name.as_str() == named);
                if let (Some(entry), false) = (entry, secrets.contains_key(&named)) {
                    secrets.insert(named, Arc::new(secret(entry)?));
                }
            }
            let grants = entry.grants(schema, &declared)?;
            let (granted, power) = granted(entry, &grants, &secrets, self.project_of)?;
            asks(entry, plugin, &granted)?;
            if !notifies {
                trees.extend(granted.git.iter().map(|grant| grant.tree.clone()));
                projects.extend(
                    granted
                        .compose
                        .iter()
                        .map(|grant| grant.project.as_str().to_owned()),
                );
            }
            let expanded =
                entry.expanded(&|name| secrets.get(name).map(|secret| secret.placeholder()))?;
            let config = expanded.to_string();
            let found = plugin.check(self.sandbox, self.ports, &config).await;
            let found = found.map_err(|fault| {
                Error::refused(format!("its plugin cannot check the config: {fault}"))
                    .at(format!("entry {name}"))
            })?;
            if let Some(problem) = found.first() {
                return Err(entry.found(&problem.pointer, &problem.message).into());
            }
            powers.push((name.clone(), power));
            let bound = Bound {
                name,
                plugin: plugin.clone(),
                config,
                granted,
                timeout: entry.timeout.unwrap_or(timeout),
            };
            if notifies {
                notifiers.push(bound);
            } else {
                steps.push(bound);
            }
        }
        for entry in &declared {
            let name = entry.name.as_str();
            // Nobody uses it; somebody's words may hold it all the same. That it cannot be read
            // matters to nobody.
            if !secrets.contains_key(name)
                && let Ok(secret) = secret(entry)
            {
                secrets.insert(name.to_owned(), Arc::new(secret));
            }
        }
        plan.check_recovery(|entry| {
            let said = loaded
                .get(entry.name.as_str())
                .map(|loaded| &loaded.plugin.description);
            said.map_or(
                Role {
                    role: "verify",
                    recovery: "none",
                },
                |said| Role {
                    role: &said.role,
                    recovery: &said.recovery,
                },
            )
        })?;
        trees.sort();
        trees.dedup();
        projects.sort();
        projects.dedup();
        let meant = plan
            .as_meant()
            .map_err(|error| Error::host(format!("the plan cannot be written down: {error}")))?;
        let plugins = plan
            .entries()
            .filter_map(|entry| {
                let loaded = loaded.get(entry.name.as_str())?;
                Some((entry.name.to_string(), loaded.plugin.digest.clone()))
            })
            .collect();
        Ok(BoundPlan {
            meant: meant.to_string(),
            plugins,
            warnings: plan.warnings(),
            bundle: Bundle {
                about: About {
                    plan: plan.name.to_string(),
                    environment: plan.environment.to_string(),
                    url: plan.url.clone(),
                },
                steps,
                notifiers,
                timeout,
            },
            trees,
            projects,
            secrets: secrets.into_values().collect(),
            powers,
        })
    }
}

/// A step is where a step belongs, a notifier where a notifier does.
fn fits(entry: &Entry, plugin: &Plugin, notifies: bool) -> Result<()> {
    match (plugin.is_notifier(), notifies) {
        (true, false) => Err(Error::refused("this plugin is a notifier")
            .at(entry.place("").to_string())
            .cure("put it under [[notify]]")),
        (false, true) => Err(Error::refused("this plugin is a step")
            .at(entry.place("").to_string())
            .cure("put it under [[step]]")),
        _ => Ok(()),
    }
}

/// Every import has a grant behind it.
fn asks(entry: &Entry, plugin: &Plugin, granted: &Granted) -> Result<()> {
    let missing = plugin
        .capabilities
        .iter()
        .find(|capability| !granted.covers(capability));
    match missing {
        None => Ok(()),
        Some(capability) => Err(Error::refused(format!(
            "its plugin asks for {capability}, and the entry grants none of it"
        ))
        .at(entry.place("").to_string())
        .cure(format!(
            "write grant.{capability} = [{{ … }}] into the entry, or use another plugin"
        ))),
    }
}

/// The plan's grants as the capabilities know them, and as people read them.
fn granted(
    entry: &Entry,
    grants: &Grants,
    secrets: &BTreeMap<String, Arc<Secret>>,
    project_of: &(dyn Fn(&[PathBuf]) -> std::result::Result<String, String> + Sync),
) -> Result<(Granted, Vec<String>)> {
    let mut granted = Granted::default();
    let mut powers = Vec::new();
    let refused = |what: String| Error::refused(what).at(entry.place("").to_string());
    for grant in &grants.http {
        let origin = http::Origin::parse(&grant.origin)
            .map_err(|why| refused(format!("{}: {}", grant.origin, why.what())))?;
        let methods = match &grant.methods {
            Methods::Read => http::Methods::Read,
            Methods::Any => http::Methods::Any,
            Methods::Only(only) => http::Methods::only(only)
                .map_err(|_| refused(format!("no methods: {}", only.join(", "))))?,
        };
        powers.push(match &grant.methods {
            Methods::Read => format!("http: GET and HEAD to {}", grant.origin),
            Methods::Any => format!("http: any request to {}", grant.origin),
            Methods::Only(only) => format!("http: {} to {}", only.join(", "), grant.origin),
        });
        granted.http.push(http::Grant {
            origin,
            methods,
            private: grant.private,
        });
    }
    for grant in &grants.git {
        powers.push(format!(
            "git: move {} to {} of {}",
            grant.tree.display(),
            list(&grant.refs),
            list(&grant.remotes)
        ));
        granted.git.push(git::Grant {
            tree: grant.tree.clone(),
            remotes: grant.remotes.clone(),
            refs: grant.refs.clone(),
            access: match grant.auth.as_deref() {
                None => git::Access::Plain,
                Some("user") => git::Access::User,
                Some(_) => return Err(refused("git auth is \"user\", or left out".into())),
            },
        });
    }
    for grant in &grants.compose {
        let (project, services) = (grant.project.as_deref(), grant.services.as_deref());
        let (scope, files, project, services) =
            composed(&grant.files, project, services, project_of).map_err(refused)?;
        powers.push(format!("compose: pull, build and up {scope}"));
        granted.compose.push(compose::Grant {
            files,
            project,
            services,
        });
    }
    for grant in &grants.containers {
        let (project, services) = (grant.project.as_deref(), grant.services.as_deref());
        let (scope, files, project, services) =
            composed(&grant.files, project, services, project_of).map_err(refused)?;
        powers.push(format!("containers: restart, stop and start {scope}"));
        granted.containers.push(containers::Grant {
            files,
            project,
            services,
        });
    }
    if grants.wasi || !grants.files.is_empty() {
        return Err(refused("this version enforces no such grant".into())
            .cure("leave out grant.wasi and grant.files"));
    }
    granted.secrets = secrets_named(&entry.config)
        .iter()
        .filter_map(|name| secrets.get(name).cloned())
        .collect();
    powers.extend(
        granted
            .secrets
            .iter()
            .map(|secret| format!("uses the secret {}, unseen", secret.name())),
    );
    Ok((granted, powers))
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
    project_of: &(dyn Fn(&[PathBuf]) -> std::result::Result<String, String> + Sync),
) -> std::result::Result<Composed, String> {
    let project = match project {
        Some(project) => project.to_owned(),
        None => project_of(files)?,
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

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        let mut error = Error::refused(problem.what).at(problem.place.to_string());
        error.cure = problem.cure;
        error.hints = problem.hints;
        error
    }
}
