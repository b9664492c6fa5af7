//! Binds a plan: each entry meets its plugin, its config is checked against the plugin's schema,
//! what it asks for is held against what it is granted.
//!
//! The place where "a plugin's imports are what it asks, the plan's grants are what it gets" is
//! enforced before anything is called. Knows no adapter: bytes and secrets come from outside.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use crate::bound_plan::{BoundEntry, BoundPlan, PlanInfo};
use crate::command_error::{CommandError, Result};
use crate::effective_grants::{GrantReader, describe, retain_imports};
use deployhost_plan::{Entry, Plan, Schema, SecretEntry, StepNature, secrets_named};
use deployhost_policy::secret::{Redactor, Secret};
use deployhost_policy::{Diagnostic, Location, Recovery, Role};
use deployhost_runtime::capabilities::{EntryGrants, Ports, markers};
use deployhost_runtime::capability::grant::{Lock, ProjectResolver, Requirement};
use deployhost_runtime::sandbox::{Cache, LoadError, Plugin, Sandbox};

/// A plugin and the schema of its configs.
pub struct LoadedPlugin {
    pub plugin: Arc<Plugin>,
    pub schema: Schema,
    /// The bytes that were loaded, to be kept with a release.
    pub bytes: Vec<u8>,
}

/// A plan with everything bound, and what the environment has to know of it.
pub struct PreparedPlan {
    pub bound_plan: BoundPlan,
    /// The plan as meant, for the journal.
    pub resolved: String,
    /// Plugin by entry name, and its digest.
    pub plugins: Vec<(String, String)>,
    /// What a run of it has to have for itself: what its steps may change.
    pub locks: BTreeSet<Lock>,
    /// What has to be on the machine for it.
    pub requirements: BTreeSet<Requirement>,
    pub secrets: Vec<Arc<Secret>>,
    pub warnings: Vec<Diagnostic>,
    /// What each entry may do, for people.
    pub grants: Vec<(String, Vec<String>)>,
}

impl PreparedPlan {
    /// The work trees that its steps may move.
    pub fn trees(&self) -> impl Iterator<Item = &Path> {
        self.locks.iter().filter_map(|lock| match lock {
            Lock::Tree(tree) => Some(tree.as_path()),
            Lock::Project(_) => None,
        })
    }

    /// The Compose projects that its steps may change.
    pub fn projects(&self) -> impl Iterator<Item = &str> {
        self.locks.iter().filter_map(|lock| match lock {
            Lock::Project(project) => Some(project.as_str()),
            Lock::Tree(_) => None,
        })
    }

    /// The second wall: takes every secret of the plan, and of the one that a rollback would carry
    /// out, out of any text.
    pub fn redactor(&self, back: Option<&Self>) -> Result<Redactor> {
        let back = back.map(|back| back.secrets.as_slice()).unwrap_or_default();
        Redactor::new(&[&self.secrets, back].concat()).map_err(|_| {
            CommandError::refused(
                "secret.too-many",
                "the plan's secrets are too many to be kept out of logs",
            )
        })
    }
}

/// What binding needs from the environment.
pub struct Binder<'a> {
    pub sandbox: &'a Sandbox,
    pub cache: Option<&'a Cache>,
    pub ports: &'a Ports,
    /// The project that Compose itself would give these files.
    pub resolve_project: &'a ProjectResolver,
}

impl Binder<'_> {
    pub async fn load_plugin(&self, bytes: &[u8]) -> std::result::Result<Plugin, LoadError> {
        Plugin::load(self.sandbox, self.cache, self.ports, bytes).await
    }

    /// Loads one entry's plugin.
    pub async fn load(
        &self,
        entry: &Entry,
        location: Location,
        bytes: Vec<u8>,
    ) -> Result<LoadedPlugin> {
        let plugin = self.load_plugin(&bytes).await;
        let plugin = plugin
            .map_err(|error| CommandError::from(Diagnostic::from(error)).at(location.clone()))?;
        let schema = Schema::parse(
            entry.name.as_str(),
            &plugin.description.config_schema,
            &markers(),
        )
        .map_err(|error| CommandError::from(error).at(location))?;
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
        mut secret: impl FnMut(&SecretEntry) -> Result<Secret>,
    ) -> Result<PreparedPlan> {
        let mut secrets: BTreeMap<String, Arc<Secret>> = BTreeMap::new();
        let (folder, declared) = (plan.folder.clone(), plan.secrets.clone());
        let (mut locks, mut requirements) = (BTreeSet::new(), BTreeSet::new());
        let mut described = Vec::new();
        let (mut steps, mut notifiers, mut unused) = (Vec::new(), Vec::new(), Vec::new());
        let ours = plan
            .notifiers
            .iter()
            .map(|entry| entry.name.to_string())
            .collect::<Vec<_>>();
        let timeout = plan.timeout;
        for entry in plan.entries_mut() {
            let name = entry.name.to_string();
            let Some(LoadedPlugin { plugin, schema, .. }) = loaded.get(&name) else {
                return Err(CommandError::host(
                    "plugin.not-loaded",
                    format!("the plugin of {name} was not loaded"),
                ));
            };
            let notifies = ours.contains(&name);
            fits(entry, plugin, notifies)?;
            let reader = GrantReader {
                folder: &folder,
                secrets: &declared,
                resolve_project: self.resolve_project,
            };
            let mut grants = reader.resolve(entry, schema)?;
            for named in secrets_named(&entry.config) {
                let entry = declared.iter().find(|secret| secret.name.as_str() == named);
                if let (Some(entry), false) = (entry, secrets.contains_key(&named)) {
                    secrets.insert(named.clone(), Arc::new(secret(entry)?));
                }
                grants.secrets.extend(secrets.get(&named).cloned());
            }
            require_grants(entry, plugin, &grants)?;
            unused.extend(retain_imports(&mut grants, entry, &plugin.capabilities));
            described.push((name.clone(), describe(&grants)));
            if !notifies {
                locks.extend(grants.locks());
            }
            requirements.extend(grants.requirements());
            let expanded =
                entry.expanded(&|name| secrets.get(name).map(|secret| secret.placeholder()))?;
            let config = expanded.to_string();
            let found = plugin.check(self.sandbox, self.ports, &config).await;
            let found = found.map_err(|fault| {
                CommandError::refused(
                    "plugin.check-failed",
                    format!("its plugin cannot check the config: {fault}"),
                )
                .at(Location::entry(name.as_str()))
            })?;
            if let Some(problem) = found.first() {
                let why = Diagnostic::from(problem.diagnostic.clone());
                return Err(entry.refuse(&problem.pointer, why).into());
            }
            let bound = BoundEntry {
                name,
                plugin: plugin.clone(),
                config,
                grants,
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
            let said = loaded.get(entry.name.as_str());
            let said = said.map(|loaded| &loaded.plugin.description);
            StepNature {
                role: said.and_then(|said| said.role).unwrap_or(Role::Verify),
                recovery: said.map_or(Recovery::None, |said| said.recovery),
            }
        })?;
        let resolved = plan.to_resolved_json().map_err(|error| {
            CommandError::host(
                "plan.unwritable",
                format!("the plan cannot be written down: {error}"),
            )
        })?;
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
            warnings: plan.warnings().into_iter().chain(unused).collect(),
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
            locks,
            requirements,
            secrets: secrets.into_values().collect(),
            grants: described,
        })
    }
}

/// A step is where a step belongs, a notifier where a notifier does.
fn fits(entry: &Entry, plugin: &Plugin, notifies: bool) -> Result<()> {
    match (plugin.is_notifier(), notifies) {
        (true, false) => Err(
            CommandError::refused("plugin.kind", "this plugin is a notifier")
                .at(entry.location_of(""))
                .help("put it under [[notify]]"),
        ),
        (false, true) => Err(
            CommandError::refused("plugin.kind", "this plugin is a step")
                .at(entry.location_of(""))
                .help("put it under [[step]]"),
        ),
        _ => Ok(()),
    }
}

/// Every import has a grant behind it.
fn require_grants(entry: &Entry, plugin: &Plugin, grants: &EntryGrants) -> Result<()> {
    let missing = plugin
        .capabilities
        .iter()
        .find(|capability| !grants.covers(capability));
    match missing {
        None => Ok(()),
        Some(capability) => Err(CommandError::refused(
            "grant.missing",
            format!("its plugin asks for {capability}, and the entry grants none of it"),
        )
        .at(entry.location_of(""))
        .help(format!(
            "write grant.{capability} = [{{ … }}] into the entry, or use another plugin"
        ))),
    }
}
