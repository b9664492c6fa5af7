//! The zoo, built and loaded once, and calls to it with a record of what it did.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use deployhost_adapters::compose::ComposeProgram;
use deployhost_adapters::docker::Docker;
use deployhost_adapters::git::GitProgram;
use deployhost_runtime::capability::call::{Call, Phase, Recorder};
use deployhost_runtime::capability::compose::Content;
use deployhost_runtime::capability::http::{self, Request, Response};
use deployhost_runtime::capability::run::{Context, Problem};
use deployhost_runtime::sandbox::{
    CallError, Failure, Granted, GuestProposal, GuestReceipt, Limits, Plugin, Ports, Sandbox,
    StepCall,
};
use tokio::sync::watch;

use crate::site::program::{binary, repository, target};

/// The bytes of the zoo, as `plugin build` makes them.
pub fn bytes() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        let out = target().join("zoo");
        let built = Command::new(binary())
            .args(["plugin", "build", "tests/zoo", "--out"])
            .arg(&out)
            .current_dir(repository())
            .env("CARGO_TARGET_DIR", target())
            .output()
            .unwrap();
        let err = String::from_utf8_lossy(&built.stderr);
        assert!(built.status.success(), "plugin build: {err}");
        std::fs::read(out.join(FILE)).unwrap()
    })
}

const FILE: &str = "zoo.wasm";

/// The same as a plan names it.
pub fn file() -> PathBuf {
    bytes();
    target().join("zoo").join(FILE)
}

pub fn sandbox() -> &'static Sandbox {
    static SANDBOX: OnceLock<Sandbox> = OnceLock::new();
    SANDBOX.get_or_init(|| Sandbox::new().unwrap())
}

/// The plugin itself: compiled once.
pub fn zoo() -> &'static Plugin {
    static ZOO: OnceLock<Plugin> = OnceLock::new();
    ZOO.get_or_init(|| {
        let ports = Yard::default().ports();
        wait(Plugin::load(sandbox(), None, &ports, bytes())).unwrap()
    })
}

/// Loads other bytes.
pub fn load(bytes: &[u8]) -> Result<Plugin, String> {
    let ports = Yard::default().ports();
    wait(Plugin::load(sandbox(), None, &ports, bytes)).map_err(|load_error| load_error.to_string())
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
pub struct Kept {
    pub effects: Mutex<Vec<String>>,
    pub lines: Mutex<Vec<(String, String)>>,
    pub requests: Mutex<VecDeque<String>>,
}

#[async_trait]
impl Recorder for Kept {
    async fn begin(&self, what: String) -> Result<(), String> {
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
impl http::Port for Kept {
    async fn send(&self, request: Request) -> Result<Response, http::Error> {
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
pub struct Yard {
    pub kept: Arc<Kept>,
    pub granted: Granted,
    pub limits: Limits,
    pub phase: Phase,
    pub stop: watch::Sender<bool>,
}

impl Default for Yard {
    fn default() -> Self {
        Self {
            kept: Arc::default(),
            granted: Granted::default(),
            limits: Limits::call(Duration::from_secs(30)),
            phase: Phase::Acting,
            stop: watch::channel(false).0,
        }
    }
}

impl Yard {
    pub fn computing(ms: u64) -> Self {
        let mut yard = Self::default();
        yard.limits.cpu = Duration::from_millis(ms);
        yard
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

    /// Tells the run to stop, some time from now.
    pub fn stop_after(&self, ms: u64) {
        let stop = self.stop.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(ms));
            stop.send_replace(true);
        });
    }

    pub fn apply(&self, config: &str) -> Result<Result<GuestReceipt, Failure>, CallError> {
        self.apply_with(zoo(), config)
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
        wait(self.call(&ports).plan(zoo(), &context(), config, None))
    }

    pub fn undo(&self, config: &str) -> Result<Result<(), Failure>, CallError> {
        let ports = self.ports();
        wait(self.call(&ports).undo(zoo(), &context(), config, None))
    }

    /// With everything denied, whatever this yard grants.
    pub fn check(&self, config: &str) -> Result<Vec<Problem>, CallError> {
        wait(zoo().check(sandbox(), &self.ports(), config))
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

    fn call<'a>(&'a self, ports: &'a Ports) -> StepCall<'a> {
        StepCall {
            sandbox: sandbox(),
            ports,
            granted: &self.granted,
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
        step: "zoo".into(),
        actor: None,
        commit: None,
        previous: None,
        last: None,
        outputs: Vec::new(),
        details: Vec::new(),
    }
}
