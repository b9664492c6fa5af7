//! The journal as the event log of one run knows it.

use crate::event_log;
use deployhost_adapters::journal::Journal;
use deployhost_policy::Diagnostic;

pub(super) struct JournalSink {
    pub(super) journal: Journal,
    pub(super) target: String,
    pub(super) run: String,
}

impl event_log::EventStore for JournalSink {
    fn append(&mut self, events: &[Vec<u8>]) -> std::result::Result<(), Diagnostic> {
        self.journal
            .append(&self.target, &self.run, events)
            .map(drop)
            .map_err(Diagnostic::from)
    }
}
