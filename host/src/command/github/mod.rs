//! As a step of a job of GitHub Actions: what the job's log, page and outputs are told besides.
//!
//! Owns the runner's conventions. Nothing here decides about a run: whatever cannot be told is a
//! warning.

pub mod command;
mod files;
mod grouped;
mod report;
mod summary;

use std::io::IsTerminal;
use std::path::Path;
use std::sync::PoisonError;

use super::output;
use super::screen::Screen;
use crate::command_error::{CommandError, CommandErrorKind, Result};
use crate::environment::{self, Ended};
use crate::event_log::EventSubscriber;
use deployhost_policy::Location;
use grouped::Grouped;
pub use report::ReportSlot;
use report::{Report, Reporter};

/// Whether this process is a step of a job.
pub fn here() -> bool {
    environment::on_github(|name| std::env::var_os(name))
}

/// What is told of a run on the way to a job's log, and kept of it for its end.
pub fn watching(target: &str, screen: Screen, kept: ReportSlot) -> Box<dyn EventSubscriber> {
    Box::new(Reporter::new(target, Box::new(Grouped::new(screen)), kept))
}

/// The same, where the log is for programs.
pub fn beside(
    target: &str,
    watch: Box<dyn EventSubscriber>,
    kept: ReportSlot,
) -> Box<dyn EventSubscriber> {
    Box::new(Reporter::new(target, watch, kept))
}

/// Tells the runner a text that it is to strike out of its log.
///
/// This writes a secret to standard output, which is GitHub's way: the runner takes the line for
/// itself and keeps it out of the log. So it is done only where a runner listens, and only for what
/// GitHub cannot know; what a workflow hands down from its secrets it strikes out by itself. Our own
/// lines have no secret in them either way; other steps of the job may.
pub fn mask(value: &str) {
    if !std::io::stdout().is_terminal() {
        output::commands(&masks(value));
    }
}

/// The same, where standard output is for programs.
pub fn mask_aside(value: &str) {
    if !std::io::stderr().is_terminal() {
        output::commands_aside(&masks(value));
    }
}

/// The value, and each of its lines, since the log is struck out line by line.
fn masks(value: &str) -> String {
    let lines = value.lines().filter(|line| line.trim().len() > 3);
    let several = lines.clone().count() > 1;
    let each = lines.filter(|_| several);
    let all = std::iter::once(value).chain(each);
    let masks = all.map(|text| command::written("add-mask", &[], text));
    masks.collect::<Vec<_>>().join("\n")
}

/// A line of the log that is marked, and shown on the page of the job.
pub fn warn(text: &str) {
    output::commands_aside(&command::written(
        "warning",
        &[("title", "deployhost")],
        text,
    ));
}

/// Tells how a run ended.
pub fn ended(ended: &Ended, kept: &ReportSlot) {
    let report = kept.lock().unwrap_or_else(PoisonError::into_inner).take();
    let report = report.unwrap_or_default();
    if let Some(summary) = &ended.summary {
        let problem = summary.problem.as_ref().map(ToString::to_string);
        let said: Vec<String> = std::iter::once(summary.now.clone())
            .chain(problem)
            .collect();
        let title = format!("{}: {}", report.target, report.outcome);
        let level = match (ended.code, report.outcome.as_str()) {
            (0, _) => "notice",
            (_, "cancelled") => "warning",
            _ => "error",
        };
        let annotation = command::written(level, &[("title", &title)], &said.join("\n"));
        output::commands_aside(&annotation);
    }
    let page = summary::of_run(&report, ended.summary.as_ref());
    hand_over(&page, &report, ended.code);
}

/// Tells why a command ended before there was a run.
pub fn told(result: Result<u8>) -> Result<u8> {
    if let (Err(error), true) = (&result, here()) {
        let outcome = match error.kind {
            CommandErrorKind::Refused => "refused",
            CommandErrorKind::Locked => "locked",
            CommandErrorKind::Host => "error",
        };
        output::commands_aside(&annotation(error, outcome));
        let report = Report {
            outcome: outcome.into(),
            ..Report::default()
        };
        hand_over(
            &summary::of_error(error, outcome),
            &report,
            error.exit_code(),
        );
    }
    result
}

/// At its place in the plan, where it has one.
fn annotation(error: &CommandError, outcome: &str) -> String {
    let title = format!("deployhost: {outcome}");
    let mut properties = Vec::new();
    let (line, column);
    if let Some(Location::Text {
        file,
        line: row,
        column: at,
    }) = &error.diagnostic.location
    {
        (line, column) = (row.to_string(), at.to_string());
        properties.extend([("file", file.as_str()), ("line", &line), ("col", &column)]);
    }
    properties.push(("title", &title));
    let lines: Vec<String> = std::iter::once(error.to_string())
        .chain(error.diagnostic.notes.iter().cloned())
        .collect();
    command::written("error", &properties, &lines.join("\n"))
}

/// Writes into the files that the job has for it.
fn hand_over(page: &str, report: &Report, code: u8) {
    add("GITHUB_STEP_SUMMARY", || Ok(page.to_owned()));
    add("GITHUB_OUTPUT", || files::outputs(report, code));
}

/// Adds a text to the file that a variable names.
fn add(variable: &str, text: impl FnOnce() -> std::io::Result<String>) {
    let Some(path) = std::env::var_os(variable).filter(|path| !path.is_empty()) else {
        return;
    };
    if let Err(why) = text().and_then(|text| files::append(Path::new(&path), &text)) {
        warn(&format!("{variable} cannot be written: {why}"));
    }
}

#[cfg(test)]
mod tests;
