//! A run as programs see it: one event a line, in the words of the journal.

use deployhost_engine::{Event, Run};
use serde::Serialize;

use super::output;
use super::time;
use crate::event_log::EventSubscriber;
use deployhost_policy::text::is_control_or_bidi;
use deployhost_runtime::capability::clock::now_unix_ms;

/// Version of the lines.
const V: u32 = 1;

#[derive(Serialize)]
struct JsonLine<'a> {
    v: u32,
    /// An opening says it itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<&'a str>,
    at: String,
    #[serde(flatten)]
    event: &'a Event,
}

/// One event as its line.
pub fn line(run: &str, at_unix_ms: u64, event: &Event) -> String {
    let line = JsonLine {
        v: V,
        run: Some(run).filter(|_| !matches!(event, Event::Opened(_))),
        at: time::rfc3339(at_unix_ms),
        event,
    };
    // Events are plain data: the only way to fail is a bug, which the empty line shows.
    escaped(&serde_json::to_string(&line).unwrap_or_default())
}

/// The same JSON without what a terminal or an eye would follow. Outside its texts JSON is ASCII
/// without control characters, so that all of these stand in a text.
fn escaped(json: &str) -> String {
    let mut told = String::with_capacity(json.len());
    for c in json.chars() {
        if is_control_or_bidi(c) {
            told.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            told.push(c);
        }
    }
    told
}

pub struct JsonPrinter;

impl EventSubscriber for JsonPrinter {
    fn event(&mut self, event: &Event, run: &Run) {
        output::data(&line(&run.spec().run, now_unix_ms(), event));
    }
}

#[cfg(test)]
mod tests;
