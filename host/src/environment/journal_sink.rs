//! The journal as the scribe of one run knows it.

use crate::event_log;
use deployhost_adapters::journal::Journal;

pub(super) struct JournalSink {
    pub(super) journal: Journal,
    pub(super) target: String,
    pub(super) run: String,
}

impl event_log::EventStore for JournalSink {
    fn append(&mut self, events: &[Vec<u8>]) -> std::result::Result<(), String> {
        self.journal
            .append(&self.target, &self.run, events)
            .map(drop)
            .map_err(|problem| problem.to_string())
    }
}
