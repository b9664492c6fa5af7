//! "3 of 10, waiting for streamlit": always granted, one line at a time.

use std::sync::Arc;

use super::call::Call;
use crate::redaction_scope::redact_in_scope;

mod binding {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "package deployhost:host; world progress { import deployhost:plugin/progress@0.1.0; }",
        imports: { default: async | trappable },
    });
}
use binding::deployhost::plugin::progress;
pub(crate) use progress::add_to_linker;

/// Longest message kept, in bytes.
pub const MESSAGE: usize = 512;

pub struct Progress {
    call: Arc<Call>,
}

impl Progress {
    pub fn new(call: Arc<Call>) -> Self {
        Self { call }
    }
}

impl progress::Host for Progress {
    async fn report(&mut self, done: u32, total: u32, message: String) -> wasmtime::Result<()> {
        let _billing = self.call.billing();
        let line = message.lines().next().unwrap_or_default();
        let line = redact_in_scope(line, MESSAGE);
        self.call.record().progress(done, total, &line);
        Ok(())
    }
}
