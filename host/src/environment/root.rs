//! The composition root: every adapter of this process over one state folder, and plans bound to them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use deployhost_engine::Release;

use deployhost_policy::{Diagnostic, Location};

use super::lints::lints;
use super::plugin_pins::pinned;
use super::plugin_source::{look_up, read};
use super::tree_content::TreeContent;
use super::{Invocation, PluginPath, refused, secret_exposure, target};
use crate::bind::{Binder, LoadedPlugin, PreparedPlan};
use crate::command_error::{CommandError, Result};
use deployhost_adapters::compose::{ComposeProgram, default_project};
use deployhost_adapters::docker::Docker;
use deployhost_adapters::git::GitProgram;
use deployhost_adapters::http::{HttpClient, SystemResolver};
use deployhost_adapters::secrets::Secrets;
use deployhost_adapters::state::{StateFolder, StateLocation};
use deployhost_adapters::store::Store;
use deployhost_plan::{Entry, Plan, SecretEntry};
use deployhost_policy::compose::{ComposeFile, ProjectName};
use deployhost_policy::secret::{Secret, SecretSource};
use deployhost_runtime::capabilities::Ports;
use deployhost_runtime::capability::http::Origin;
use deployhost_runtime::sandbox::{Cache, LoadError, Plugin, Sandbox};

/// Every adapter of a process, sharing one state folder.
pub struct Environment {
    pub(super) state: StateFolder,
    /// The state folder, where it was named and not chosen.
    pub(super) named_state: Option<PathBuf>,
    pub(super) sandbox: Arc<Sandbox>,
    pub(super) cache: Option<Cache>,
    pub(super) store: Store,
    pub(super) ports: Ports,
    pub(super) trees: Arc<TreeContent>,
    pub(super) docker: Arc<Docker>,
    pub(super) compose: Arc<ComposeProgram>,
    pub(super) docker_socket: Option<PathBuf>,
    pub(super) invocation: Invocation,
    mask: fn(&str),
}

impl Environment {
    pub fn open(state: Option<&Path>) -> Result<Arc<Self>> {
        Self::masking(state, |_| {})
    }

    /// The same, where whoever keeps our output is told which texts to strike out of it: the values
    /// of secrets that come from this machine's files. Those of its environment are known to whoever
    /// put them there.
    pub fn masking(state: Option<&Path>, mask: fn(&str)) -> Result<Arc<Self>> {
        let named = state.is_some();
        let state = StateLocation::choose(state)
            .and_then(|place| StateFolder::open(&place))
            .map_err(refused)?;
        let sandbox = Sandbox::new().map_err(|error| {
            CommandError::host("sandbox.unavailable", format!("no sandbox: {error:#}"))
        })?;
        let compiled = state.compiled().map_err(refused)?;
        let store = Store::open(&state).map_err(refused)?;
        let git = Arc::new(GitProgram::new(state.path().to_owned()));
        let docker = Arc::new(Docker::from_environment());
        let trees = Arc::new(TreeContent {
            git: git.clone(),
            tops: RwLock::default(),
        });
        let compose = ComposeProgram::new(docker.clone(), trees.clone(), state.path());
        let compose = Arc::new(compose);
        Ok(Arc::new(Self {
            named_state: named.then(|| state.path().to_owned()),
            cache: Cache::open(&compiled.path),
            sandbox: Arc::new(sandbox),
            store,
            docker_socket: docker.socket().map(Path::to_owned),
            ports: Ports {
                http: Arc::new(HttpClient::new(Arc::new(SystemResolver))),
                git,
                containers: docker.clone(),
                compose: compose.clone(),
            },
            trees,
            docker,
            compose,
            state,
            invocation: Invocation::read(|name| std::env::var_os(name)),
            mask,
        }))
    }

    /// What could not be read of who and what started this process.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.invocation.warnings
    }

    /// Everything that can be said of a plan without running it.
    pub async fn check(&self, plan: Plan, plugin_path: &PluginPath) -> Result<Vec<String>> {
        let target = target(&plan);
        let loaded = self.load(&plan, pinned(&plan, plugin_path)).await?;
        let bound = self.bind(plan.clone(), &loaded, &[]).await?;
        let seldom_meant = lints(&plan, &loaded, &bound, &resolve_project);
        let mut report = vec![format!("{target} can be run")];
        for (entry, grants) in &bound.grants {
            report.push(match grants.as_slice() {
                [] => format!("{entry} may log and see the clock, and nothing else"),
                _ => format!("{entry} may, and nothing else:"),
            });
            report.extend(grants.iter().map(|grant| format!("  {grant}")));
        }
        report.extend(
            bound
                .warnings
                .iter()
                .chain(&seldom_meant)
                .map(|warning| format!("warning: {warning}")),
        );
        Ok(report)
    }

    /// The plugins that plans can name, each loaded or not.
    pub async fn plugins(
        &self,
        plugin_path: &PluginPath,
    ) -> Vec<(String, PathBuf, std::result::Result<Plugin, LoadError>)> {
        let mut plugins = Vec::new();
        for (name, path) in plugin_path.plugins() {
            let loaded = match read(&path) {
                Ok(bytes) => {
                    Plugin::load(&self.sandbox, self.cache.as_ref(), &self.ports, &bytes).await
                }
                Err(error) => Err(LoadError(error.diagnostic)),
            };
            plugins.push((name, path, loaded));
        }
        plugins
    }

    /// One plugin, by name or path.
    pub async fn plugin(&self, named: &str, plugin_path: &PluginPath) -> Result<(PathBuf, Plugin)> {
        let path = if named.ends_with(".wasm") {
            PathBuf::from(named)
        } else {
            look_up(named, plugin_path)?
        };
        let bytes = read(&path)?;
        let plugin = Plugin::load(&self.sandbox, self.cache.as_ref(), &self.ports, &bytes)
            .await
            .map_err(|error| refused(error).at(path.as_path()))?;
        Ok((path, plugin))
    }

    pub(super) async fn load(
        &self,
        plan: &Plan,
        bytes: impl Fn(&Entry) -> Result<(Location, Vec<u8>)>,
    ) -> Result<BTreeMap<String, LoadedPlugin>> {
        let mut loaded = BTreeMap::new();
        for entry in plan.entries() {
            let (place, bytes) = bytes(entry)?;
            let plugin = self.binder().load(entry, place, bytes).await?;
            loaded.insert(entry.name.to_string(), plugin);
        }
        Ok(loaded)
    }

    pub(super) async fn bind(
        &self,
        mut plan: Plan,
        loaded: &BTreeMap<String, LoadedPlugin>,
        sets: &[String],
    ) -> Result<PreparedPlan> {
        for set in sets {
            plan.set(set, |entry| {
                loaded.get(entry.name.as_str()).map(|loaded| &loaded.schema)
            })?;
        }
        let kept = kept_here(&plan);
        let file = plan.file.clone();
        let bound = self.binder().bind(plan, loaded, secret).await?;
        for secret in &bound.secrets {
            if kept.iter().any(|name| name == secret.name()) {
                (self.mask)(secret.expose());
            }
        }
        secret_exposure::refuse(&bound, &file)?;
        let state = self.state.path();
        if let Some(tree) = bound.trees().find(|tree| tree.starts_with(state)) {
            let what = format!("the work tree {} is in the state folder", tree.display());
            return Err(CommandError::refused("tree.in-state-folder", what)
                .at(file.as_path())
                .help("name a tree elsewhere, or another state folder with --state"));
        }
        self.trees.add(bound.trees());
        Ok(bound)
    }

    pub(super) fn binder(&self) -> Binder<'_> {
        Binder {
            sandbox: &self.sandbox,
            cache: self.cache.as_ref(),
            ports: &self.ports,
            resolve_project: &resolve_project,
        }
    }

    /// The release that a rollback would lead to, bound before anything is touched: one that
    /// cannot be gone back to must not be found out in an emergency.
    pub(super) async fn back(&self, release: &Release) -> Result<PreparedPlan> {
        let bound = async {
            let mut plan = released(release)?;
            // Nobody is told by the release's notifiers: they may not even be there any more.
            plan.notifiers.clear();
            let loaded = self.load(&plan, |entry| self.kept(release, entry)).await?;
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
}

/// The secrets that come from files of this machine, by name.
fn kept_here(plan: &Plan) -> Vec<String> {
    let here = |entry: &&SecretEntry| !matches!(entry.from, SecretSource::Env(_));
    let kept = plan.secrets.iter().filter(here);
    kept.map(|entry| entry.name.to_string()).collect()
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
fn secret(entry: &SecretEntry) -> Result<Secret> {
    let origin = Origin::parse(&entry.origin).map_err(|why| {
        let diagnostic = Diagnostic::from(why);
        refused(diagnostic.of(format!("secret {}: its origin", entry.name)))
    })?;
    Secrets::new(|name| std::env::var_os(name))
        .read(entry.name.as_str(), entry.kind, origin, &entry.from)
        .map_err(refused)
}

/// What Compose would call the project of these files, where the plan does not say it. A file that a
/// first deployment is still to bring cannot be asked.
fn resolve_project(files: &[PathBuf]) -> std::result::Result<ProjectName, Diagnostic> {
    let named = match files.first() {
        None => Err(Diagnostic::new(
            "grant.compose-file",
            "a Compose grant names a file",
        )),
        Some(file) => {
            ComposeFile::new(&file.to_string_lossy()).and_then(|file| default_project(&file))
        }
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
