//! The composition root: every adapter of this process over one state folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::tree_content::TreeContent;
use super::{Invocation, refused};
use crate::command_error::{CommandError, Result};
use deployhost_adapters::compose::ComposeProgram;
use deployhost_adapters::docker::Docker;
use deployhost_adapters::git::GitProgram;
use deployhost_adapters::http::{HttpClient, SystemResolver};
use deployhost_adapters::state::{StateFolder, StateLocation};
use deployhost_adapters::store::Store;
use deployhost_policy::Diagnostic;
use deployhost_runtime::capabilities::Ports;
use deployhost_runtime::sandbox::{Cache, Sandbox};

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
    /// Takes the values of secrets that come from this machine's files, for whoever keeps our output
    /// to strike them out of it. Those of our environment are known to whoever put them there.
    pub(super) mask: fn(&str),
}

impl Environment {
    pub fn open(state: Option<&Path>) -> Result<Arc<Self>> {
        Self::masking(state, |_| {})
    }

    /// The same, where somebody keeps our output.
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
        let trees = Arc::new(TreeContent::new(git.clone()));
        let compose = ComposeProgram::new(docker.clone(), trees.clone(), state.path())
            .looking_ahead(std::env::current_exe().ok());
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

    pub(super) fn named_state(&self) -> Option<&Path> {
        self.named_state.as_deref()
    }
}
