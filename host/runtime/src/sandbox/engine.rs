//! The one wasmtime engine: its settings, its clock tick, the linker of all capabilities.

use std::time::Duration;

use wasmtime::component::Linker;
use wasmtime::{Config, Engine, WasmBacktraceDetails};

use super::limits::{COMPILING, STACK};
use super::state::State;
use crate::capabilities::Hosts;

/// How often a running guest is looked at.
const TICK: Duration = Duration::from_millis(10);

/// Engine and linker; cheap to make (under a millisecond), made once.
pub struct Sandbox {
    pub(super) engine: Engine,
    pub(super) linker: Linker<State>,
    /// How long one plugin may take to compile.
    pub(super) compiling: Duration,
}

impl Sandbox {
    pub fn new() -> wasmtime::Result<Self> {
        let engine = Engine::new(&config())?;
        tick(&engine);
        let mut linker = Linker::new(&engine);
        Hosts::link(&mut linker)?;
        Ok(Self {
            engine,
            linker,
            compiling: COMPILING,
        })
    }

    /// Another time for compiling a plugin.
    pub fn compiling(mut self, within: Duration) -> Self {
        self.compiling = within;
        self
    }
}

/// What plugins do not need is off: less to attack, and less to keep compatible.
fn config() -> Config {
    let mut config = Config::new();
    config.epoch_interruption(true);
    config.max_wasm_stack(STACK);
    config.wasm_backtrace_details(WasmBacktraceDetails::Disable);
    config.wasm_memory64(false);
    config.concurrency_support(false);
    config
}

/// Advances the engine's epoch from a plain thread, so that a busy runtime cannot starve it. The
/// thread ends with the engine.
fn tick(engine: &Engine) {
    let weak = engine.weak();
    std::thread::spawn(move || {
        while let Some(engine) = weak.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(TICK);
        }
    });
}
