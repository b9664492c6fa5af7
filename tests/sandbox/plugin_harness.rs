//! The misbehaving plugin, built and loaded once, and calls to it with a record of what it did.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use deployhost_adapters::compose::ComposeProgram;
use deployhost_adapters::docker::Docker;
use deployhost_adapters::git::GitProgram;
use deployhost_policy::Diagnostic;
use deployhost_runtime::capabilities::{EntryGrants, Ports};
use deployhost_runtime::capability::call::{Call, Phase, Recorder};
use deployhost_runtime::capability::compose::Content;
use deployhost_runtime::capability::error::CapabilityError;
use deployhost_runtime::capability::http::{self, Request, Response};
use deployhost_runtime::capability::run::{ConfigError, Context};
use deployhost_runtime::sandbox::{
    CallError, Failure, GuestProposal, GuestReceipt, Limits, Plugin, PluginCall, Sandbox,
};
use tokio::sync::watch;

use crate::support::misbehaving_plugin::file;

/// The bytes of the misbehaving plugin.
pub fn bytes() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| std::fs::read(file()).unwrap())
}

pub fn sandbox() -> &'static Sandbox {
    static SANDBOX: OnceLock<Sandbox> = OnceLock::new();
    SANDBOX.get_or_init(|| Sandbox::new().unwrap())
}

/// The plugin itself: compiled once.
pub fn misbehaving_plugin() -> &'static Plugin {
    static PLUGIN: OnceLock<Plugin> = OnceLock::new();
    PLUGIN.get_or_init(|| {
        let ports = PluginHarness::default().ports();
        wait(Plugin::load(sandbox(), None, &ports, bytes())).unwrap()
    })
}

/// Loads other bytes.
pub fn load(bytes: &[u8]) -> Result<Plugin, String> {
    let ports = PluginHarness::default().ports();
    wait(Plugin::load(sandbox(), None, &ports, bytes)).map_err(|error| error.to_string())
}

/// A runtime of its own, so that it can be used wherever a test stands.
pub fn wait<T: Send>(future: impl Future<Output = T> + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            runtime.enable_all().build().unwrap().block_on(future)
        });
        thread.join().unwrap()
    })
}

/// What a call left behind.
#[derive(Default)]
pub struct CallRecord {
    pub effects: Mutex<Vec<String>>,
    pub lines: Mutex<Vec<(String, String)>>,
    pub requests: Mutex<VecDeque<String>>,
}

#[async_trait]
impl Recorder for CallRecord {
    async fn begin(&self, what: String) -> Result<(), Diagnostic> {
        self.effects.lock().unwrap().push(what);
        Ok(())
    }
    fn log(&self, level: &str, line: &str) {
        let line = (level.to_owned(), line.to_owned());
        self.lines.lock().unwrap().push(line);
    }
    fn progress(&self, _: u32, _: u32, _: &str) {}
}

#[async_trait]
impl http::Port for CallRecord {
    async fn send(&self, request: Request) -> Result<Response, CapabilityError> {
        let line = format!("{} {}", request.method, request.url);
        self.requests.lock().unwrap().push_back(line);
        Ok(Response {
            status: 204,
            headers: Vec::new(),
            body: Vec::new(),
        })
    }
}

/// No work tree at all.
struct Treeless;

#[async_trait]
impl Content for Treeless {
    async fn content(&self, _: &Path, _: Option<&str>) -> Option<Option<String>> {
        None
    }
}

/// Where one call is made: its grants, its limits, what it leaves behind.
pub struct PluginHarness {
    pub kept: Arc<CallRecord>,
    pub grants: EntryGrants,
    pub limits: Limits,
    pub phase: Phase,
    pub stop: watch::Sender<bool>,
}

impl Default for PluginHarness {
    fn default() -> Self {
        Self {
            kept: Arc::default(),
            grants: EntryGrants::default(),
            limits: Limits::call(Duration::from_secs(30)),
            phase: Phase::Acting,
            stop: watch::channel(false).0,
        }
    }
}

impl PluginHarness {
    pub fn computing(ms: u64) -> Self {
        let mut harness = Self::default();
        harness.limits.cpu = Duration::from_millis(ms);
        harness
    }

    /// Everything but `http` is what a deployment has, which no test here lets it reach.
    pub fn ports(&self) -> Ports {
        let nowhere = std::env::temp_dir();
        let docker = Arc::new(Docker::from_environment());
        Ports {
            http: self.kept.clone(),
            git: Arc::new(GitProgram::new(nowhere.clone())),
            containers: docker.clone(),
            compose: Arc::new(ComposeProgram::new(docker, Arc::new(Treeless), &nowhere)),
        }
    }

    /// Stops the run, some time from now.
    pub fn stop_after(&self, ms: u64) {
        let stop = self.stop.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(ms));
            stop.send_replace(true);
        });
    }

    pub fn apply(&self, config: &str) -> Result<Result<GuestReceipt, Failure>, CallError> {
        self.apply_with(misbehaving_plugin(), config)
    }

    pub fn apply_with(
        &self,
        plugin: &Plugin,
        config: &str,
    ) -> Result<Result<GuestReceipt, Failure>, CallError> {
        let ports = self.ports();
        wait(self.call(&ports).apply(plugin, &context(), config, None))
    }

    pub fn plan(&self, config: &str) -> Result<Result<GuestProposal, Failure>, CallError> {
        let ports = self.ports();
        wait(
            self.call(&ports)
                .plan(misbehaving_plugin(), &context(), config, None),
        )
    }

    pub fn undo(&self, config: &str) -> Result<Result<(), Failure>, CallError> {
        let ports = self.ports();
        wait(
            self.call(&ports)
                .undo(misbehaving_plugin(), &context(), config, None),
        )
    }

    /// With everything denied, whatever this harness grants.
    pub fn check(&self, config: &str) -> Result<Vec<ConfigError>, CallError> {
        wait(misbehaving_plugin().check(sandbox(), &self.ports(), config))
    }

    /// What the trick says of itself.
    pub fn says(&self, config: &str) -> String {
        self.apply(config).unwrap().unwrap().summary
    }

    /// How the call was ended.
    pub fn fault(&self, config: &str) -> CallError {
        match self.apply(config) {
            Err(fault) => fault,
            Ok(answer) => panic!("{config} was let through: {answer:?}"),
        }
    }

    pub fn lines(&self) -> Vec<(String, String)> {
        self.kept.lines.lock().unwrap().clone()
    }

    pub fn effects(&self) -> Vec<String> {
        self.kept.effects.lock().unwrap().clone()
    }

    pub fn requests(&self) -> Vec<String> {
        self.kept.requests.lock().unwrap().iter().cloned().collect()
    }

    fn call<'a>(&'a self, ports: &'a Ports) -> PluginCall<'a> {
        PluginCall {
            sandbox: sandbox(),
            ports,
            grants: &self.grants,
            call: Arc::new(Call::new(
                self.phase,
                self.kept.clone(),
                self.stop.subscribe(),
            )),
            limits: self.limits,
        }
    }
}

fn context() -> Context {
    Context {
        run: "run".into(),
        plan: "plan".into(),
        environment: "test".into(),
        url: None,
        step: "misbehaving".into(),
        actor: None,
        commit: None,
        previous: None,
        last: None,
        outputs: Vec::new(),
        details: Vec::new(),
    }
}
