//! A run as programs see it: one event a line, in the words of the journal.

use deployhost_engine::{Event, Run};
use serde::Serialize;

use super::output;
use super::when;
use crate::scribe::Watch;

/// Version of the lines.
const V: u32 = 1;

#[derive(Serialize)]
struct Line<'a> {
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
    let line = Line {
        v: V,
        run: Some(run).filter(|_| !matches!(event, Event::Opened(_))),
        at: when::rfc3339(at_unix_ms),
        event,
    };
    // Events are plain data: the only way to fail is a bug, which the empty line shows.
    serde_json::to_string(&line).unwrap_or_default()
}

pub struct Json;

impl Watch for Json {
    fn event(&mut self, event: &Event, run: &Run) {
        output::data(&line(&run.opening().run, when::now(), event));
    }
}
