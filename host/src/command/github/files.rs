//! The files that a job hands to its steps: what is appended to them, and how.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use super::report::Report;

/// The lines that make a step's outputs, whatever their values hold.
pub fn outputs(report: &Report, code: u8) -> io::Result<String> {
    let commit = report.commit.as_ref().map_or("", |commit| &commit.id);
    let code = code.to_string();
    let mut lines = String::new();
    for (key, value) in [
        ("outcome", report.outcome.as_str()),
        ("evidence", &report.evidence),
        ("commit", commit),
        ("run", &report.run),
        ("exit-code", &code),
    ] {
        // Nobody can end a value who cannot guess what ends it.
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let end = format!("end-{:032x}", u128::from_le_bytes(random));
        lines += &format!("{key}<<{end}\n{value}\n{end}\n");
    }
    Ok(lines)
}

/// Adds text to the end of a file. Never waits: a pipe that nobody reads is an error.
pub fn append(path: &Path, text: &str) -> io::Result<()> {
    let flags =
        OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = rustix::fs::open(path, flags, Mode::from_raw_mode(0o644))?;
    File::from(file).write_all(text.as_bytes())
}

#[cfg(test)]
mod tests;
