//! Diagnostics: to standard error, only where RUST_LOG asks for them, and only our own.
//!
//! Libraries print URLs, headers and whole requests in theirs. Nobody can ask for those.

use std::io::{self, Write};

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, filter};

use deployhost_runtime::redaction_scope::redact_in_scope;

/// What our own targets begin with.
const OURS: &str = env!("CARGO_PKG_NAME");

pub fn on() {
    let Ok(asked) = EnvFilter::try_from_default_env() else {
        return;
    };
    let ours = filter::filter_fn(|about| about.target().starts_with(OURS));
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(|| RedactingWriter);
    // Fails only where somebody has set up theirs before.
    let _already_set = tracing_subscriber::registry()
        .with(lines.with_filter(ours))
        .with(asked)
        .try_init();
}

/// Standard error, without the secrets of the call at hand. An event is written in one piece.
struct RedactingWriter;

impl Write for RedactingWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = redact_in_scope(&String::from_utf8_lossy(bytes), usize::MAX);
        io::stderr().write_all(text.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
