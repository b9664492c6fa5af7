//! Loads the plugins of plans, and binds plans to them with the adapters of an environment.

use std::collections::BTreeMap;
use std::path::PathBuf;

use deployhost_engine::Release;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use futures_util::{FutureExt, TryFutureExt};

use super::plugin_source::{look_up, read};
use super::root::Environment;
use super::{PluginPath, refused, secret_exposure};
use crate::bind::{Binder, LoadedPlugin, PreparedPlan};
use crate::command_error::{CommandError, Result};
use deployhost_adapters::compose::default_project;
use deployhost_adapters::secrets::Secrets;
use deployhost_adapters::store::Digest;
use deployhost_plan::{Entry, Plan, SecretEntry};
use deployhost_policy::compose::{ComposeFile, ProjectName};
use deployhost_policy::secret::{Secret, SecretSource};
use deployhost_policy::{Diagnostic, Location};
use deployhost_runtime::capability::grant::Requirement;
use deployhost_runtime::capability::http::Origin;
use deployhost_runtime::sandbox::{LoadError, Plugin};

/// How many plugins are loaded at once.
const AT_ONCE: usize = 2;

/// Loads and binds. Runs nothing.
#[derive(Clone, Copy)]
pub struct Loader<'e> {
    pub(super) environment: &'e Environment,
}

impl<'e> Loader<'e> {
    pub fn new(environment: &'e Environment) -> Self {
        Self { environment }
    }

    /// The plugins that plans can name, each loaded or not.
    pub async fn list_plugins(
        self,
        plugin_path: &PluginPath,
    ) -> Vec<(String, PathBuf, std::result::Result<Plugin, LoadError>)> {
        let mut plugins = Vec::new();
        for (name, path) in plugin_path.plugins() {
            let loaded = match read(&path) {
                Ok(bytes) => self.binder().load_plugin(&bytes).await,
                Err(error) => Err(LoadError(error.diagnostic)),
            };
            plugins.push((name, path, loaded));
        }
        plugins
    }

    /// One plugin, by name or path.
    pub async fn find_plugin(
        self,
        named: &str,
        plugin_path: &PluginPath,
    ) -> Result<(PathBuf, Plugin)> {
        let path = match named.ends_with(".wasm") {
            true => PathBuf::from(named),
            false => look_up(named, plugin_path)?,
        };
        let plugin = self.binder().load_plugin(&read(&path)?).await;
        let plugin = plugin.map_err(|error| refused(error).at(path.as_path()))?;
        Ok((path, plugin))
    }

    /// The plugins of a plan's entries, by the entry's name. `bytes` finds each.
    pub(super) async fn load(
        self,
        plan: &Plan,
        bytes: impl Fn(&Entry) -> Result<(Location, Vec<u8>)>,
    ) -> Result<BTreeMap<String, LoadedPlugin>> {
        let binder = self.binder();
        let mut each = Vec::new();
        for entry in plan.entries() {
            let (place, bytes) = bytes(entry)?;
            let named = binder.load(entry, place, bytes);
            each.push(
                named
                    .map_ok(|plugin| (entry.name.to_string(), plugin))
                    .boxed(),
            );
        }
        stream::iter(each).buffered(AT_ONCE).try_collect().await
    }

    /// The very plugin bytes of a release.
    pub(super) fn kept(self, release: &Release, entry: &Entry) -> Result<(Location, Vec<u8>)> {
        self.used(&release.plugins, &format!("release {}", release.id), entry)
    }

    /// The very plugin bytes that `whose` was carried out with, which names their digests.
    pub(super) fn used(
        self,
        plugins: &[(String, String)],
        whose: &str,
        entry: &Entry,
    ) -> Result<(Location, Vec<u8>)> {
        let digest = plugins
            .iter()
            .find(|(name, _)| name == entry.name.as_str())
            .and_then(|(_, digest)| digest.parse::<Digest>().ok())
            .ok_or_else(|| {
                let message = format!("{whose} names no plugin for {}", entry.name);
                CommandError::host("release.plugin-missing", message)
            })?;
        let bytes = self.environment.store.read(&digest).map_err(refused)?;
        let location = Location::named(format!("plugin {} of {whose}", digest.as_str()));
        Ok((location, bytes))
    }

    /// Binds a plan whose plugins are loaded, with its values overridden by `sets`.
    pub(super) async fn bind(
        self,
        mut plan: Plan,
        loaded: &BTreeMap<String, LoadedPlugin>,
        sets: &[String],
    ) -> Result<PreparedPlan> {
        for set in sets {
            plan.set(set, |entry| {
                loaded.get(entry.name.as_str()).map(|loaded| &loaded.schema)
            })?;
        }
        let of_files = plan.secrets.iter();
        let of_files: Vec<String> = of_files
            .filter(|entry| !matches!(entry.from, SecretSource::Env(_)))
            .map(|entry| entry.name.to_string())
            .collect();
        let file = plan.file.clone();
        let bound = self.binder().bind(plan, loaded, read_secret).await?;
        for secret in &bound.secrets {
            if of_files.iter().any(|name| name == secret.name()) {
                (self.environment.mask)(secret.expose());
            }
        }
        secret_exposure::refuse(&bound, &file)?;
        let state = self.environment.state.path();
        if let Some(tree) = bound.trees().find(|tree| tree.starts_with(state)) {
            let what = format!("the work tree {} is in the state folder", tree.display());
            return Err(CommandError::refused("tree.in-state-folder", what)
                .at(file.as_path())
                .help("name a tree elsewhere, or another state folder with --state"));
        }
        self.environment.trees.add(bound.trees());
        Ok(bound)
    }

    /// The release that a rollback would lead to, bound before anything is touched: one that
    /// cannot be gone back to must not be found out in an emergency.
    pub(super) async fn bind_release(self, release: &Release) -> Result<PreparedPlan> {
        let bound = async {
            let (plan, loaded) = self.load_release(release).await?;
            self.bind(plan, &loaded, &[]).await
        };
        bound.await.map_err(|error| {
            error
                .note(format!(
                    "this is the plan of release {}, which a failed run would go back to",
                    release.id
                ))
                .note("to deploy without a way back: automatic = false under [rollback]")
        })
    }

    /// A release's plan and the plugins of its steps. Its notifiers are not used: they may not even be
    /// there any more.
    async fn load_release(
        self,
        release: &Release,
    ) -> Result<(Plan, BTreeMap<String, LoadedPlugin>)> {
        let mut plan = released(release)?;
        plan.notifiers.clear();
        let loaded = self.load(&plan, |entry| self.kept(release, entry)).await?;
        Ok((plan, loaded))
    }

    /// A release, bound to be looked at. That needs no secret's value: one that is not here is
    /// another one.
    pub(super) async fn bind_to_look(self, release: &Release) -> Result<PreparedPlan> {
        let (plan, loaded) = self.load_release(release).await?;
        let value = |entry: &SecretEntry| read_secret(entry).or_else(|_| stand_in(entry));
        let bound = self.binder().bind(plan, &loaded, value).await?;
        self.environment.trees.add(bound.trees());
        Ok(bound)
    }

    /// Whether this machine has the programs that a plan's steps would ask for. What is missing is
    /// said before a run begins, with the command that cures it.
    pub(super) async fn preflight(self, prepared: &PreparedPlan) -> Result<()> {
        for requirement in &prepared.requirements {
            let there = match requirement {
                Requirement::Git => self.environment.trees.git.ready().await,
                Requirement::Docker => self.environment.docker.reached().await.map_err(Into::into),
                Requirement::Compose => self.environment.compose.installed().await,
            };
            there.map_err(refused)?;
        }
        Ok(())
    }

    pub(super) fn binder(self) -> Binder<'e> {
        Binder {
            sandbox: &self.environment.sandbox,
            cache: self.environment.cache.as_ref(),
            ports: &self.environment.ports,
            resolve_project: &resolve_project,
        }
    }
}

/// A release's plan.
pub(super) fn released(release: &Release) -> Result<Plan> {
    read_resolved_plan(&release.plan, &format!("release {}", release.id))
}

/// The plan that the journal keeps of `whose`.
pub(super) fn read_resolved_plan(plan: &str, whose: &str) -> Result<Plan> {
    let resolved = serde_json::from_str(plan).map_err(|error| {
        CommandError::host(
            "journal.plan-damaged",
            format!("the plan of {whose} is damaged: {error}"),
        )
    })?;
    Ok(Plan::from_resolved_json(resolved)?)
}

/// A declared secret, read from where it is.
fn read_secret(entry: &SecretEntry) -> Result<Secret> {
    let origin = origin(entry)?;
    Secrets::new(|name| std::env::var_os(name))
        .read(entry.name.as_str(), entry.kind, origin, &entry.from)
        .map_err(refused)
}

/// A value for a secret that nobody is given.
fn stand_in(entry: &SecretEntry) -> Result<Secret> {
    let origin = origin(entry)?;
    let value = format!("{origin}/{}", uuid::Uuid::now_v7().simple());
    Secret::new(entry.name.as_str(), entry.kind, origin, &value)
        .map_err(|why| refused(Diagnostic::from(why)))
}

fn origin(entry: &SecretEntry) -> Result<Origin> {
    Origin::parse(&entry.origin).map_err(|why| {
        let diagnostic = Diagnostic::from(why);
        refused(diagnostic.of(format!("secret {}: its origin", entry.name)))
    })
}

/// What Compose would call the project of these files, where the plan does not say it. A file that a
/// first deployment is still to bring cannot be asked.
pub(super) fn resolve_project(
    files: &[PathBuf],
    env_files: &[PathBuf],
) -> std::result::Result<ProjectName, Diagnostic> {
    let named = match files.first() {
        None => Err(Diagnostic::new(
            "grant.compose-file",
            "a Compose grant names a file",
        )),
        Some(file) => ComposeFile::new(&file.to_string_lossy())
            .and_then(|file| default_project(&file, env_files)),
    };
    named.map_err(|why| {
        let place = why
            .location
            .map_or(String::new(), |place| format!(": {place}"));
        let message = format!("its Compose project has no name: {}{place}", why.message);
        Diagnostic::new("grant.compose-project", message)
            .help("write one beside `file`: project = \"…\"")
    })
}
