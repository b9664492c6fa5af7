//! A run as people see it: a line for everything that happened, and on a terminal one more line
//! that says what is happening now.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use deployhost_engine::{Event, Evidence, Outcome, Pass, Problem, Proposal, Run};

use super::output;
use super::paint::Paint;
use crate::scribe::Watch;

/// How often a line that only says "still at it" is printed where lines cannot be redrawn.
const STILL: Duration = Duration::from_secs(10);

pub struct Screen {
    target: String,
    paint: Paint,
    live: bool,
    width: usize,
    began: Instant,
    /// When each step's call began.
    since: HashMap<String, Instant>,
    /// The live line that stands there now.
    line: bool,
    told: Instant,
    last_progress: String,
}

impl Screen {
    /// `names`: the steps, for aligning them.
    pub fn new<'a>(target: String, names: impl IntoIterator<Item = &'a str>) -> Self {
        let width = names.into_iter().map(str::len).max().unwrap_or(0);
        Self {
            target,
            paint: Paint::of_terminal(),
            live: output::live(),
            width,
            began: Instant::now(),
            since: HashMap::new(),
            line: false,
            told: Instant::now(),
            last_progress: String::new(),
        }
    }

    fn print(&mut self, text: &str) {
        self.wipe();
        output::line(text);
    }

    fn step(&mut self, mark: &str, step: &str, text: &str) {
        let line = format!("  {mark} {step:width$}  {text}", width = self.width);
        self.print(&line);
    }

    /// Takes the live line away, if there is one.
    fn wipe(&mut self) {
        if self.line {
            output::raw("\r\x1b[2K");
            self.line = false;
        }
    }

    fn now(&mut self, step: &str, text: &str) {
        let for_long = self
            .since
            .get(step)
            .map_or(0.0, |since| since.elapsed().as_secs_f32());
        if self.live {
            let columns = rustix::termios::tcgetwinsize(std::io::stdout())
                .map_or(80, |size| usize::from(size.ws_col).max(20));
            let line = format!(
                "  … {step:width$}  {text} ({for_long:.0} s)",
                width = self.width
            );
            let line: String = line.chars().take(columns - 1).collect();
            self.wipe();
            output::raw(&self.paint.dim(&line));
            self.line = true;
        } else if self.told.elapsed() > STILL || text != self.last_progress && for_long > 1.0 {
            if self.told.elapsed() > Duration::from_secs(2) {
                self.step("…", step, &format!("{text} ({for_long:.0} s)"));
                self.told = Instant::now();
            }
            self.last_progress = text.to_owned();
        }
    }

    fn began(&mut self, step: &str) {
        self.since.insert(step.to_owned(), Instant::now());
        self.told = Instant::now();
    }

    fn took(&self, step: &str) -> String {
        let took = self
            .since
            .get(step)
            .map(Instant::elapsed)
            .unwrap_or_default();
        self.paint.dim(&seconds(took))
    }

    fn proposed(&mut self, step: &str, proposal: &Proposal) {
        if proposal.actions.is_empty() {
            let nothing = self.paint.dim("nothing to do");
            self.step("·", step, &nothing);
        }
        for act in &proposal.actions {
            let why = self.paint.dim(&format!("— {}", act.why));
            self.step("·", step, &format!("{} {why}", act.what));
        }
    }

    fn done(&mut self, step: &str, summary: &str, evidence: Option<Evidence>) {
        let mark = self.paint.good("✔");
        let evidence = match evidence {
            Some(evidence @ (Evidence::Answering | Evidence::Verified)) => {
                format!("{}: ", self.paint.bold(evidence.as_str()))
            }
            _ => String::new(),
        };
        let took = self.took(step);
        self.step(&mark, step, &format!("{evidence}{summary} {took}"));
    }

    fn failed(&mut self, step: &str, problem: &Problem) {
        let mark = self.paint.bad("✘");
        let took = self.took(step);
        self.step(&mark, step, &format!("{} {took}", problem.message));
        for hint in &problem.hints {
            self.step(" ", "", &self.paint.dim(hint));
        }
    }

    fn ended(&mut self, outcome: Outcome, evidence: Option<Evidence>) {
        let word = outcome.as_str();
        let word = match outcome {
            Outcome::Succeeded | Outcome::Unchanged | Outcome::Planned => self.paint.good(word),
            Outcome::Cancelled | Outcome::RolledBack => self.paint.warn(word),
            _ => self.paint.bad(word),
        };
        let evidence = evidence.map_or(String::new(), |evidence| format!(", {evidence}"));
        let took = seconds(self.began.elapsed());
        let line = format!(
            "{} {word}{evidence} {}",
            self.target,
            self.paint.dim(&format!("in {took}"))
        );
        self.print(&line);
    }
}

impl Watch for Screen {
    fn event(&mut self, event: &Event, _run: &Run) {
        match event {
            Event::Opened(opening) => {
                let line = format!(
                    "{} {}",
                    self.paint.bold(&self.target),
                    self.paint.dim(&format!("run {}", opening.run))
                );
                self.print(&line);
            }
            Event::Planning { step, attempt } => {
                self.began(step);
                self.now(step, &again("planning", *attempt));
            }
            Event::Proposed { step, proposal } => self.proposed(step, proposal),
            Event::Reproposed { step, proposal } => {
                // Said again only where it had been left open.
                if _run
                    .proposals()
                    .iter()
                    .any(|(own, shown)| own == step && shown.actions != proposal.actions)
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
                let line = crate::translate::plain(line);
                let line = match level.as_str() {
                    "error" => self.paint.bad(&line),
                    "warn" => self.paint.warn(&line),
                    "debug" => return,
                    _ => self.paint.dim(&line),
                };
                self.step("|", step, &line);
            }
            Event::Applied { step, receipt, .. } | Event::Verified { step, receipt, .. } => {
                self.done(step, &receipt.summary, receipt.evidence);
            }
            Event::Undone { step } => self.done(step, "taken back", None),
            Event::Failed { step, problem, .. } => self.failed(step, problem),
            Event::Refused { problem } => {
                let line = format!("{} {}", self.paint.bad("refused:"), problem.message);
                self.print(&line);
            }
            Event::RollingBack { to, because } => {
                let to = if to == "found" {
                    "what was found in place"
                } else {
                    to
                };
                let line = self.paint.warn(&format!("rolling back to {to}: {because}"));
                self.print(&line);
            }
            Event::Stopping { signal } => {
                let line = self.paint.warn(&format!("stopping: signal {signal}"));
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
                let why = problem.as_deref().unwrap_or("no reason given");
                let line = self
                    .paint
                    .warn(&format!("{notifier} could not be told of {kind}: {why}"));
                self.print(&line);
            }
            Event::Notified { .. } => {}
            Event::Note { text } => self.print(text),
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.wipe();
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

/// The word for a pass, for people.
pub fn pass(pass: Pass) -> &'static str {
    match pass {
        Pass::Forward => "",
        Pass::Undo => "taking back",
        Pass::Back => "going back",
    }
}
