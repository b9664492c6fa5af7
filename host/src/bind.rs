//! Binds a plan: each entry meets its plugin, its config is checked against the plugin's schema,
//! what it asks for is held against what it is granted.
//!
//! The place where "a plugin's imports are what it asks, the plan's grants are what it gets" is
//! enforced before anything is called. Knows no adapter: bytes and secrets come from outside.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::bound_plan::{BoundEntry, BoundPlan, PlanInfo};
use crate::effective_grants::{EffectiveGrants, ProjectResolver};
use crate::error::{Error, Result};
use deployhost_plan::{BadSchema, Entry, Plan, Problem, Role, Schema, secrets_named};
use deployhost_policy::secret::{Redactor, Secret};
use deployhost_runtime::sandbox::{Cache, Granted, Plugin, Ports, Sandbox};

/// A plugin and the schema of its configs.
pub struct LoadedPlugin {
    pub plugin: Arc<Plugin>,
    pub schema: Schema,
    /// The bytes that were loaded, to be kept with a release.
    pub bytes: Vec<u8>,
}

/// A plan with everything bound, and what the wiring has to know of it.
pub struct PreparedPlan {
    pub bound_plan: BoundPlan,
    /// The plan as meant, for the journal.
    pub resolved: String,
    /// Plugin by entry name, and its digest.
    pub plugins: Vec<(String, String)>,
    /// The work trees that its steps may move.
    pub trees: Vec<PathBuf>,
    /// The Compose projects that its steps may change.
    pub projects: Vec<String>,
    pub secrets: Vec<Arc<Secret>>,
    pub warnings: Vec<String>,
    /// What each entry may do, for people.
    pub effective_grants: Vec<(String, Vec<String>)>,
}

impl PreparedPlan {
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
    pub resolve_project: &'a ProjectResolver,
}

impl Binder<'_> {
    /// Loads one entry's plugin.
    pub async fn load(&self, entry: &Entry, place: &str, bytes: Vec<u8>) -> Result<LoadedPlugin> {
        let plugin = Plugin::load(self.sandbox, self.cache, self.ports, &bytes)
            .await
            .map_err(|load_error| {
                Error::refused(load_error.what)
                    .at(place)
                    .cure(load_error.cure)
            })?;
        let schema = Schema::parse(entry.name.as_str(), &plugin.description.config_schema)
            .map_err(|bad: BadSchema| {
                Error::refused(format!("its config schema {}", bad.what))
                    .at(place)
                    .cure("report it to the plugin's author")
            })?;
        Ok(LoadedPlugin {
            plugin: Arc::new(plugin),
            schema,
            bytes,
        })
    }

    /// Binds a plan whose plugins are loaded. `secret` reads a declared secret.
    pub async fn bind(
        &self,
        mut plan: Plan,
        loaded: &BTreeMap<String, LoadedPlugin>,
        mut secret: impl FnMut(&deployhost_plan::SecretEntry) -> Result<Secret>,
    ) -> Result<PreparedPlan> {
        let mut secrets: BTreeMap<String, Arc<Secret>> = BTreeMap::new();
        let (folder, declared) = (plan.folder.clone(), plan.secrets.clone());
        let (mut trees, mut projects, mut effective_grants) = (Vec::new(), Vec::new(), Vec::new());
        let (mut steps, mut notifiers, mut idle) = (Vec::new(), Vec::new(), Vec::new());
        let ours = plan
            .notifiers
            .iter()
            .map(|entry| entry.name.to_string())
            .collect::<Vec<_>>();
        let timeout = plan.timeout;
        for entry in plan.entries_mut() {
            let name = entry.name.to_string();
            let Some(LoadedPlugin { plugin, schema, .. }) = loaded.get(&name) else {
                return Err(Error::host(format!("the plugin of {name} was not loaded")));
            };
            let notifies = ours.contains(&name);
            fits(entry, plugin, notifies)?;
            entry.resolve(schema, &folder, &declared)?;
            for named in secrets_named(&entry.config) {
                let entry = declared.iter().find(|secret| secret.name.as_str() == named);
                if let (Some(entry), false) = (entry, secrets.contains_key(&named)) {
                    secrets.insert(named, Arc::new(secret(entry)?));
                }
            }
            let grants = entry.grants(schema, &declared)?;
            let mut entry_grants =
                EffectiveGrants::of(entry, &grants, &secrets, self.resolve_project)?;
            asks(entry, plugin, &entry_grants.granted)?;
            idle.extend(entry_grants.only(entry, &plugin.capabilities));
            effective_grants.push((name.clone(), entry_grants.lines()));
            let granted = entry_grants.granted;
            if !notifies {
                trees.extend(granted.git.iter().map(|grant| grant.tree.clone()));
                let composed = granted.compose.iter().map(|grant| &grant.project);
                let restarted = granted.containers.iter().map(|grant| &grant.project);
                projects.extend(composed.chain(restarted).map(|it| it.as_str().to_owned()));
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
            let bound = BoundEntry {
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
        let resolved = plan
            .to_resolved_json()
            .map_err(|error| Error::host(format!("the plan cannot be written down: {error}")))?;
        let plugins = plan
            .entries()
            .filter_map(|entry| {
                let loaded = loaded.get(entry.name.as_str())?;
                Some((entry.name.to_string(), loaded.plugin.digest.clone()))
            })
            .collect();
        Ok(PreparedPlan {
            resolved: resolved.to_string(),
            plugins,
            warnings: plan.warnings().into_iter().chain(idle).collect(),
            bound_plan: BoundPlan {
                about: PlanInfo {
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
            effective_grants,
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

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        let mut error = Error::refused(problem.what).at(problem.place.to_string());
        error.cure = problem.cure;
        error.hints = problem.hints;
        error
    }
}
