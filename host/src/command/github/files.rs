//! The files that a job hands to its steps: what is appended to them, and how.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use super::report::Report;

/// The lines that make a step's outputs, whatever their values hold.
pub fn outputs(report: &Report, code: u8) -> Result<String, String> {
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
        getrandom::fill(&mut random).map_err(|error| error.to_string())?;
        let end = format!("end-{:032x}", u128::from_le_bytes(random));
        lines += &format!("{key}<<{end}\n{value}\n{end}\n");
    }
    Ok(lines)
}

/// Adds text to the end of a file. Never waits: a pipe that nobody reads is an error.
pub fn append(path: &Path, text: &str) -> Result<(), String> {
    let flags =
        OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = rustix::fs::open(path, flags, Mode::from_raw_mode(0o644))
        .map_err(|errno| std::io::Error::from(errno).to_string())?;
    File::from(file)
        .write_all(text.as_bytes())
        .map_err(|error| error.to_string())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn no_value_can_be_another_output() {
        let report = Report {
            outcome: "succeeded".into(),
            run: "x\nend\nexit-code=0\nevil<<e".into(),
            ..Report::default()
        };
        let lines = outputs(&report, 3).unwrap();
        let mut read = Vec::new();
        let mut rest = lines.lines();
        while let Some(line) = rest.next() {
            let (key, end) = line.split_once("<<").unwrap();
            let value: Vec<&str> = rest.by_ref().take_while(|line| *line != end).collect();
            read.push((key, value.join("\n")));
        }
        assert_eq!(
            read,
            [
                ("outcome", "succeeded".to_owned()),
                ("evidence", String::new()),
                ("commit", String::new()),
                ("run", report.run.clone()),
                ("exit-code", "3".to_owned()),
            ]
        );
        assert_ne!(lines, outputs(&report, 3).unwrap(), "no end is used twice");
    }

    #[test]
    fn a_file_is_added_to_and_nothing_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("output");
        std::fs::write(&file, "before=1\n").unwrap();
        append(&file, "after=2\n").unwrap();
        assert_eq!(
            std::fs::read_to_string(&file).unwrap(),
            "before=1\nafter=2\n"
        );
        append(folder.path(), "x").unwrap_err();
        let pipe = folder.path().join("pipe");
        let mode = Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        append(&pipe, "x").unwrap_err();
    }
}
