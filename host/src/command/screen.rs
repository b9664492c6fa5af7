//! A run as people see it: a line for everything that happened, and on a terminal one more line
//! that says what is happening now.

use std::collections::HashMap;
use std::time::Duration;

use deployhost_engine::{Event, Evidence, Outcome, Pass, Proposal, Release, Run};

use deployhost_policy::Diagnostic;
use deployhost_policy::short_id::short_run;
use deployhost_runtime::capability::clock::now_unix_ms;

use super::output;
use super::status_line::StatusLine;
use super::style::Style;
use crate::event_log::EventSubscriber;
use crate::run_summary::{self, RunSummary};

/// How often a line that only says "still at it" is printed where lines cannot be redrawn.
const STILL: Duration = Duration::from_secs(10);
/// How often one that says something new is.
const CHANGE: Duration = Duration::from_secs(2);

pub struct Screen {
    target: String,
    style: Style,
    /// The line that is redrawn, on a terminal.
    status_line: Option<StatusLine>,
    width: usize,
    /// The time that is shown, in milliseconds since 1970: a run's past is told with its own clock.
    past: Option<u64>,
    began: u64,
    /// When each step's call began.
    since: HashMap<String, u64>,
    told: u64,
    last_progress: String,
}

impl Screen {
    /// `names`: the steps, for aligning them.
    pub fn new<'a>(target: String, names: impl IntoIterator<Item = &'a str>) -> Self {
        let width = names.into_iter().map(str::len).max().unwrap_or(0);
        let style = Style::of_terminal();
        Self {
            target,
            style,
            status_line: output::live().then(|| StatusLine::new(style, now_unix_ms)),
            width,
            past: None,
            began: now_unix_ms(),
            since: HashMap::new(),
            told: now_unix_ms(),
            last_progress: String::new(),
        }
    }

    /// A screen for a run that is over: nothing moves, and its clock is set with [`Screen::at`].
    pub fn told<'a>(target: String, names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut screen = Self::new(target, names);
        screen.status_line = None;
        screen.past = Some(0);
        screen
    }

    /// Sets the clock of a run that is over.
    pub fn at(&mut self, unix_ms: u64) {
        if self.past == Some(0) {
            self.began = unix_ms;
        }
        self.past = Some(unix_ms);
    }

    fn clock(&self) -> u64 {
        self.past.unwrap_or_else(now_unix_ms)
    }

    fn since(&self, unix_ms: u64) -> Duration {
        Duration::from_millis(self.clock().saturating_sub(unix_ms))
    }

    fn print(&self, text: &str) {
        match &self.status_line {
            Some(status_line) => status_line.print(text),
            None => output::line(text),
        }
    }

    fn step(&self, mark: &str, step: &str, text: &str) {
        self.print(&self.aligned(mark, step, text));
    }

    fn aligned(&self, mark: &str, step: &str, text: &str) -> String {
        format!("  {mark} {step:width$}  {text}", width = self.width)
    }

    /// A line beside what goes on happening.
    fn beside(&self, step: &str, text: &str) {
        let line = self.aligned("|", step, text);
        match &self.status_line {
            Some(status_line) => status_line.print_above(&line),
            None => output::line(line),
        }
    }

    /// What is happening now: one line that is redrawn, or now and then a line of its own.
    fn now(&mut self, step: &str, text: &str) {
        let since = self.since.get(step).copied().unwrap_or(self.began);
        let text = crate::convert::sanitize(text);
        if let Some(status_line) = &self.status_line {
            status_line.say(self.aligned("…", step, &text), since);
        } else if self.past.is_none() && self.due(&text) {
            let taken = seconds(self.since(since));
            self.step("…", step, &format!("{text} ({taken})"));
            self.told = self.clock();
            self.last_progress = text;
        }
    }

    /// Something new after two seconds, the same after ten: enough to see that it lives.
    fn due(&self, text: &str) -> bool {
        let quiet = self.since(self.told);
        quiet > STILL || quiet > CHANGE && text != self.last_progress
    }

    fn began(&mut self, step: &str) {
        self.since.insert(step.to_owned(), self.clock());
        self.told = self.clock();
    }

    fn took(&self, step: &str) -> String {
        let took = self
            .since
            .get(step)
            .map_or(Duration::ZERO, |since| self.since(*since));
        self.style.dim(&seconds(took))
    }

    fn proposed(&mut self, step: &str, proposal: &Proposal) {
        if proposal.actions.is_empty() {
            let nothing = self.style.dim("nothing to do");
            self.step("·", step, &nothing);
        }
        for act in &proposal.actions {
            let why = self.style.dim(&format!("— {}", act.why));
            self.step("·", step, &format!("{} {why}", act.what));
        }
    }

    fn done(&mut self, step: &str, summary: &str, evidence: Option<Evidence>) {
        let mark = self.style.good("✔");
        let evidence = match evidence {
            Some(evidence @ (Evidence::Answering | Evidence::Verified)) => {
                format!("{}: ", self.style.bold(evidence.as_str()))
            }
            _ => String::new(),
        };
        let took = self.took(step);
        self.step(&mark, step, &format!("{evidence}{summary} {took}"));
    }

    fn failed(&mut self, step: &str, problem: &Diagnostic) {
        let mark = self.style.bad("✘");
        let took = self.took(step);
        self.step(&mark, step, &format!("{problem} {took}"));
        for note in &problem.notes {
            self.step(" ", "", &self.style.dim(note));
        }
    }

    fn ended(&mut self, outcome: Outcome, evidence: Option<Evidence>) {
        let word = outcome.as_str();
        let word = match outcome {
            Outcome::Succeeded | Outcome::Unchanged | Outcome::Planned => self.style.good(word),
            Outcome::Cancelled | Outcome::RolledBack => self.style.warn(word),
            _ => self.style.bad(word),
        };
        let evidence = evidence.map_or(String::new(), |evidence| format!(", {evidence}"));
        let took = seconds(self.since(self.began));
        let line = format!(
            "{} {word}{evidence} {}",
            self.target,
            self.style.dim(&format!("in {took}"))
        );
        self.print(&line);
    }
}

impl EventSubscriber for Screen {
    fn event(&mut self, event: &Event, run: &Run) {
        match event {
            Event::Opened(spec) => {
                let line = format!(
                    "{} {}",
                    self.style.bold(&self.target),
                    self.style.dim(&format!("run {}", short_run(&spec.run)))
                );
                self.print(&line);
                if spec.unsettled {
                    let line =
                        "the run before was killed while it changed things: this one settles it";
                    self.print(&self.style.warn(line));
                }
            }
            Event::Planning { step, attempt } => {
                self.began(step);
                self.now(step, &again("planning", *attempt));
            }
            Event::Proposed { step, proposal } => self.proposed(step, proposal),
            Event::Reproposed { step, proposal } => {
                // Said again only where it had been left open.
                if run
                    .proposals()
                    .iter()
                    .any(|(own, shown)| own == step && !same(shown, proposal))
                {
                    self.proposed(step, proposal);
                }
            }
            Event::Confirmed { by } => self.print(&format!("confirmed {by}")),
            Event::Declined { reason } => self.print(&format!("not confirmed: {reason}")),
            Event::Started => self.print("started"),
            Event::Applying { step, attempt, .. } => {
                self.began(step);
                self.now(step, &again("working", *attempt));
            }
            Event::Verifying { step, attempt, .. } => {
                self.began(step);
                self.now(step, &again("looking", *attempt));
            }
            Event::Undoing { step, attempt } => {
                self.began(step);
                self.now(step, &again("taking back", *attempt));
            }
            Event::Effect { step, what } => self.now(step, what),
            Event::Progress {
                step,
                done,
                total,
                message,
            } => {
                let count = if *total > 0 {
                    format!("{done} of {total}: ")
                } else {
                    String::new()
                };
                self.now(step, &format!("{count}{message}"));
            }
            Event::Log { step, level, line } => {
                let line = crate::convert::sanitize(line);
                let line = match level.as_str() {
                    "error" => self.style.bad(&line),
                    "warn" => self.style.warn(&line),
                    "debug" => return,
                    _ => self.style.dim(&line),
                };
                self.beside(step, &line);
            }
            Event::Applied { step, receipt, .. } | Event::Verified { step, receipt, .. } => {
                self.done(step, &receipt.summary, receipt.evidence);
            }
            Event::Undone { step } => self.done(step, "taken back", None),
            Event::Failed { step, problem, .. } => self.failed(step, problem),
            Event::Refused { problem } => {
                let line = format!("{} {problem}", self.style.bad("refused:"));
                self.print(&line);
            }
            Event::RollingBack { to, .. } => {
                let to = match to.as_str() {
                    Release::FOUND => "what was found in place".to_owned(),
                    _ => run_summary::name(run_summary::commit(run, Pass::Back).as_ref()),
                };
                let line = self.style.warn(&format!("going back to {to}"));
                self.print(&line);
            }
            Event::Stopping { signal } => {
                let line = self.style.warn(&format!("stopping: signal {signal}"));
                self.print(&line);
            }
            Event::Ended {
                outcome, evidence, ..
            } => self.ended(*outcome, *evidence),
            Event::Notified {
                notifier,
                kind,
                ok: false,
                problem,
                ..
            } => {
                let why = match problem {
                    Some(problem) => problem.to_string(),
                    None => "no reason given".to_owned(),
                };
                let line = self
                    .style
                    .warn(&format!("{notifier} could not be told of {kind}: {why}"));
                self.print(&line);
            }
            Event::Notified { .. } => {}
            Event::Note { text } => self.print(text),
        }
    }
}

fn again(what: &str, attempt: u32) -> String {
    match attempt {
        0 | 1 => what.to_owned(),
        n => format!("{what}, attempt {n}"),
    }
}

/// `0.1 s`, `12 s`, `3 min 5 s`.
pub fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0..10 => format!("{:.1} s", time.as_secs_f32()),
        s @ 10..120 => format!("{s} s"),
        s => format!("{} min {} s", s / 60, s % 60),
    }
}

/// Whether the same things are proposed, whatever is said of them.
fn same(shown: &Proposal, now: &Proposal) -> bool {
    let whats = |proposal: &Proposal| {
        proposal
            .actions
            .iter()
            .map(|act| act.what.clone())
            .collect::<Vec<_>>()
    };
    whats(shown) == whats(now)
}

/// The last paragraph of a run: what runs now, and what to do if that is not what was asked.
pub fn paragraph(summary: &RunSummary) {
    let style = Style::of_terminal();
    output::line("");
    output::line(style.bold(&summary.now));
    if let Some(problem) = &summary.problem {
        output::line(problem.to_string());
    }
    for (heading, lines) in [
        ("", &summary.advice),
        ("By hand, without deployhost:", &summary.by_hand),
    ] {
        if !heading.is_empty() && !lines.is_empty() {
            output::line(heading);
        }
        for line in lines {
            // Commands stand apart, so that they can be copied.
            let indent = if line.ends_with(':') { "" } else { "  " };
            output::line(format!("{indent}{line}"));
        }
    }
}
