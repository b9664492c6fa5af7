//! Lines for people: always granted, bounded in number and length.

use std::sync::Arc;

use super::call::Call;
use crate::redaction_scope::redact_in_scope;
use deployhost_policy::text::LINE;

mod binding {
    wasmtime::component::bindgen!({
        path: "../../wit",
        inline: "package deployhost:host; world log { import deployhost:plugin/log@0.1.0; }",
        imports: { default: async | trappable },
    });
}
use binding::deployhost::plugin::log;
pub(crate) use log::add_to_linker;

/// All lines of one call, in bytes.
pub const TOTAL: usize = 1024 * 1024;
/// All lines of one call: even an empty one is an event of the journal.
pub const LINES: usize = 10_000;

/// The log of one plugin call.
pub struct Log {
    call: Arc<Call>,
    left: usize,
    lines_left: usize,
    /// A line was dropped, which was said: nothing follows.
    full: bool,
}

impl Log {
    pub fn new(call: Arc<Call>) -> Self {
        Self {
            call,
            left: TOTAL,
            lines_left: LINES,
            full: false,
        }
    }
}

/// The words of the journal; anything else reads as info.
fn level(word: &str) -> &'static str {
    match word {
        "error" => "error",
        "warn" => "warn",
        "debug" => "debug",
        _ => "info",
    }
}

impl log::Host for Log {
    async fn write(&mut self, word: String, line: String) -> wasmtime::Result<()> {
        let _billing = self.call.billing();
        if self.full {
            return Ok(());
        }
        for line in line.split('\n') {
            let line = redact_in_scope(line, LINE);
            let cost = line.len() + 1;
            if cost > self.left || self.lines_left == 0 {
                self.full = true;
                self.call.record().log(
                    "warn",
                    "this call logged over 1 MiB or 10,000 lines; the rest is dropped",
                );
                break;
            }
            self.left -= cost;
            self.lines_left -= 1;
            self.call.record().log(level(&word), &line);
        }
        Ok(())
    }
}
