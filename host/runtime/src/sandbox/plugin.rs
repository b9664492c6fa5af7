//! A plugin, from bytes to something that can be called, or the reason why it cannot.

use std::sync::Arc;

use deployhost_policy::Diagnostic;
use sha2::{Digest as _, Sha256};
use tokio::sync::{oneshot, watch};
use wasmtime::component::Component;
use wasmtime::{Engine, Store};

use super::cache::Cache;
use super::call::PluginCall;
use super::call_error::CallError;
use super::description::Description;
use super::engine::Sandbox;
use super::limits::{Limits, PLUGIN_BYTES};
use super::notifier;
use super::state::State;
use super::step;
use crate::capabilities::{EntryGrants, IMPORTS, Ports};
use crate::capability::call::{Call, Phase, Recorder};
use crate::capability::run;

/// The package whose interfaces this host speaks, and its version.
pub const PACKAGE: &str = "deployhost:plugin";
pub const VERSION: &str = "0.1.0";

/// Why these bytes are no plugin for this host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LoadError(pub Diagnostic);

impl LoadError {
    pub(super) fn new(
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self(Diagnostic::new(code, message).help(help))
    }
}

impl From<LoadError> for Diagnostic {
    fn from(error: LoadError) -> Self {
        error.0
    }
}

/// What a plugin exports.
pub(super) enum PluginExport {
    Step(step::binding::StepsPre<State>),
    Notifier(notifier::binding::NoticesPre<State>),
}

/// A plugin that is ready to be called.
pub struct Plugin {
    /// sha256 of its bytes, lower-case hex.
    pub digest: String,
    /// The names of the capabilities that it imports.
    pub capabilities: Vec<String>,
    pub description: Description,
    pub(super) world: PluginExport,
}

impl Plugin {
    /// Recognises, compiles (or takes from the cache), links and describes a plugin.
    pub async fn load(
        sandbox: &Sandbox,
        cache: Option<&Cache>,
        ports: &Ports,
        wasm: &[u8],
    ) -> Result<Self, LoadError> {
        recognise(wasm)?;
        let digest = hex(&Sha256::digest(wasm));
        let component = compile(sandbox, cache, wasm, &digest).await?;
        let capabilities = capabilities(&sandbox.engine, &component)?;
        let world = world(sandbox, &component)?;
        let description = describe(&world, sandbox, ports).await?;
        Ok(Self {
            digest,
            capabilities,
            description,
            world,
        })
    }

    pub fn is_notifier(&self) -> bool {
        matches!(self.world, PluginExport::Notifier(_))
    }

    /// What the plugin's own `check` finds wrong with a config, with everything denied.
    pub async fn check(
        &self,
        sandbox: &Sandbox,
        ports: &Ports,
        config: &str,
    ) -> Result<Vec<run::ConfigError>, CallError> {
        let grants = EntryGrants::default();
        let call = quiet_call(sandbox, ports, &grants);
        match self.world {
            PluginExport::Step(_) => {
                let check = async |step: &step::Guest, store: &mut Store<State>| {
                    step.call_check(store, config).await
                };
                call.step(&self.world, None, check).await
            }
            PluginExport::Notifier(_) => {
                let check = async |notifier: &notifier::Guest, store: &mut Store<State>| {
                    notifier.call_check(store, config).await
                };
                call.notifier(&self.world, check).await
            }
        }
    }
}

/// What `describe` answers, with everything denied.
async fn describe(
    world: &PluginExport,
    sandbox: &Sandbox,
    ports: &Ports,
) -> Result<Description, LoadError> {
    let grants = EntryGrants::default();
    let call = quiet_call(sandbox, ports, &grants);
    let said = match world {
        PluginExport::Step(_) => {
            let describe = async |step: &step::Guest, store: &mut Store<State>| {
                step.call_describe(store).await
            };
            call.step(world, None, describe).await
        }
        PluginExport::Notifier(_) => {
            let describe = async |notifier: &notifier::Guest, store: &mut Store<State>| {
                notifier.call_describe(store).await
            };
            call.notifier(world, describe).await
        }
    };
    let said = said.map_err(|fault| match fault {
        CallError::Mismatch(what) => incompatible(&what),
        fault => LoadError::new(
            "plugin.cannot-describe",
            format!("it cannot describe itself: {fault}"),
            "report it to the plugin's author",
        ),
    })?;
    Description::parse(said, matches!(world, PluginExport::Notifier(_)))
}

/// Says what the bytes are when they are no component.
fn recognise(wasm: &[u8]) -> Result<(), LoadError> {
    let wanted = "a plugin is a WebAssembly component: build it with deployhost plugin build";
    if wasm.len() as u64 > PLUGIN_BYTES {
        return Err(LoadError::new("plugin.too-large", "over 32 MiB", wanted));
    }
    if Engine::detect_precompiled(wasm).is_some() {
        return Err(LoadError::new(
            "plugin.precompiled",
            "already compiled code, which is never loaded",
            wanted,
        ));
    }
    let found = match wasm {
        [] => "an empty file",
        [0, b'a', b's', b'm', 0x0d, 0, 1, 0, ..] => return Ok(()),
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => "a core module, not yet a component",
        [0, b'a', b's', b'm', ..] => "WebAssembly of an unknown kind",
        [0x7f, b'E', b'L', b'F', ..] => "an ELF program",
        [0x89, b'P', b'N', b'G', ..] => "a PNG picture",
        [b'P', b'K', ..] => "a zip archive",
        [0x1f, 0x8b, ..] => "gzip data",
        [b'(', ..] => "WebAssembly text",
        _ => "not WebAssembly",
    };
    Err(LoadError::new("plugin.not-a-component", found, wanted))
}

/// Compiles within a time. A compiler cannot be told to stop: its thread is left behind, and ends
/// with the process.
async fn compile(
    sandbox: &Sandbox,
    cache: Option<&Cache>,
    wasm: &[u8],
    digest: &str,
) -> Result<Component, LoadError> {
    let (engine, cache) = (sandbox.engine.clone(), cache.cloned());
    let (wasm, digest) = (wasm.to_vec(), digest.to_owned());
    let (done, compiled) = oneshot::channel();
    // Not the runtime's own thread, for whose end the process would wait.
    let started = std::thread::Builder::new().spawn(move || {
        let compiled = match cache {
            Some(cache) => cache.component(&engine, &wasm, &digest),
            None => Component::new(&engine, &wasm),
        };
        // Nobody waits any more where it took too long.
        let _late = done.send(compiled);
    });
    started.map_err(|error| {
        LoadError::new(
            "plugin.no-thread",
            format!("no thread to compile it in: {error}"),
            "end other programs of this user",
        )
    })?;
    let again = "build it again with deployhost plugin build";
    match tokio::time::timeout(sandbox.compiling, compiled).await {
        Ok(Ok(Ok(component))) => Ok(component),
        Ok(Ok(Err(error))) => Err(LoadError::new(
            "plugin.not-compilable",
            format!("not a component that can be compiled: {}", brief(&error)),
            again,
        )),
        Ok(Err(_)) => Err(LoadError::new(
            "plugin.not-compilable",
            "the compiler gave up on it",
            again,
        )),
        Err(_) => Err(LoadError::new(
            "plugin.compile-timeout",
            format!(
                "it is not compiled after {} s",
                sandbox.compiling.as_secs_f32()
            ),
            "make it smaller, or build it with opt-level = \"s\"",
        )),
    }
}

/// The capabilities that the component imports, each known to this host.
fn capabilities(engine: &Engine, component: &Component) -> Result<Vec<String>, LoadError> {
    let kind = component.component_type();
    let mut capabilities = Vec::new();
    for (import, _) in kind.imports(engine) {
        let (package, interface, version) = parts(import);
        if package != PACKAGE {
            let cure = if package.starts_with("wasi:") {
                "build it without WASI: for wasm32-unknown-unknown, or with WASI stubbed out"
            } else {
                "use what deployhost:plugin offers"
            };
            return Err(LoadError::new(
                "plugin.unknown-import",
                format!("it imports {import}, which this host does not have"),
                cure,
            ));
        }
        speaks(version, import)?;
        if !IMPORTS.contains(&interface) {
            return Err(LoadError::new(
                "plugin.unknown-import",
                format!("it imports {import}, which this host does not have"),
                format!("it can ask for {}", IMPORTS.join(", ")),
            ));
        }
        capabilities.push(interface.to_owned());
    }
    Ok(capabilities)
}

/// Binds the exports by their names. Their types are checked when they are called first.
fn world(sandbox: &Sandbox, component: &Component) -> Result<PluginExport, LoadError> {
    let engine = &sandbox.engine;
    let kind = component.component_type();
    let mut found = None;
    for (export, _) in kind.exports(engine) {
        let (package, interface, version) = parts(export);
        if package == PACKAGE && ["step", "notifier"].contains(&interface) {
            speaks(version, export)?;
            found = Some(interface.to_owned());
        }
    }
    let wrong = |error: wasmtime::Error| incompatible(&brief(&error));
    let pre = sandbox.linker.instantiate_pre(component).map_err(wrong)?;
    match found.as_deref() {
        Some("step") => Ok(PluginExport::Step(
            step::binding::StepsPre::new(pre).map_err(wrong)?,
        )),
        Some(_) => Ok(PluginExport::Notifier(
            notifier::binding::NoticesPre::new(pre).map_err(wrong)?,
        )),
        None => Err(LoadError::new(
            "plugin.no-export",
            "it exports neither deployhost:plugin/step nor deployhost:plugin/notifier",
            "see deployhost plugin inspect, and the SDK's step! and notifier! macros",
        )),
    }
}

fn incompatible(what: &str) -> LoadError {
    LoadError::new(
        "plugin.incompatible",
        format!("it does not fit {PACKAGE}@{VERSION}: {what}"),
        "build it against this version's wit folder",
    )
}

/// `package/interface@version` taken apart; missing parts are empty.
fn parts(name: &str) -> (&str, &str, &str) {
    let (path, version) = name.split_once('@').unwrap_or((name, ""));
    let (package, interface) = path.split_once('/').unwrap_or((path, ""));
    (package, interface, version)
}

fn speaks(version: &str, name: &str) -> Result<(), LoadError> {
    // For 0.x the minor is the compatible unit, as the linker has it.
    let minor = |version: &str| {
        let mut numbers = version.split('.').map(str::to_owned);
        (numbers.next(), numbers.next())
    };
    if minor(version) == minor(VERSION) {
        return Ok(());
    }
    Err(LoadError::new(
        "plugin.other-version",
        format!("it wants {name}, this host has {PACKAGE}@{VERSION}"),
        "build it against this host's wit folder, or use a host of its version",
    ))
}

fn brief(error: &wasmtime::Error) -> String {
    let text = format!("{error:#}");
    let line: String = text
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(300)
        .collect();
    line
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A call with everything denied.
fn quiet_call<'a>(
    sandbox: &'a Sandbox,
    ports: &'a Ports,
    grants: &'a EntryGrants,
) -> PluginCall<'a> {
    PluginCall {
        sandbox,
        ports,
        grants,
        call: quiet(),
        limits: Limits::talk(),
    }
}

/// A call that leaves no trace: nothing is allowed in it.
fn quiet() -> Arc<Call> {
    struct Nowhere;
    #[async_trait::async_trait]
    impl Recorder for Nowhere {
        async fn begin(&self, what: String) -> Result<(), Diagnostic> {
            let message = format!("{what}: nothing may change now");
            Err(Diagnostic::new("phase.describing", message))
        }
        fn log(&self, _level: &str, _line: &str) {}
        fn progress(&self, _done: u32, _total: u32, _message: &str) {}
    }
    // The sender may go: a run that nobody can stop is not being stopped.
    let (_, stop) = watch::channel(false);
    Arc::new(Call::new(Phase::Nothing, Arc::new(Nowhere), stop))
}
