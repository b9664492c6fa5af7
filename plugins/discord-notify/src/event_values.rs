//! What is known of an event, by the names that texts use for it. Pure.

use deployhost_plugin::prelude::*;
use deployhost_plugin::{Cause, LocalTime, StepProgress};

use crate::template_value::TemplateValue;
use crate::text::{first_line, link, plain, time, word};
use crate::words::Words;

/// The names that a plan's own texts may use.
pub const NAMES: [&str; 22] = [
    "commit",
    "subject",
    "author",
    "actor",
    "url",
    "time",
    "duration",
    "environment",
    "plan",
    "run",
    "kind",
    "evidence",
    "problem",
    "hints",
    "previous",
    "tried",
    "rollback",
    "commands",
    "logs",
    "cause",
    "actions",
    "steps",
];

const SUBJECT: usize = 160;
const NAME: usize = 80;
const PROBLEM: usize = 400;
const HINT: usize = 140;
const HINTS: usize = 3;
const ACTION: usize = 120;
const ACTIONS: usize = 6;
const STEPS: usize = 10;
/// The beginning of a run's id: enough to name it.
const RUN: usize = 13;

pub struct EventValues<'e> {
    event: &'e Event,
    words: &'static Words,
}

impl<'e> EventValues<'e> {
    pub fn new(event: &'e Event, words: &'static Words) -> Self {
        Self { event, words }
    }

    /// The plan wants a word typed, which is what makes it production here.
    pub fn is_confirmed(&self) -> bool {
        self.event.context.confirm().is_some()
    }

    pub fn value(&self, name: &str) -> Option<TemplateValue> {
        let context = &self.event.context;
        let commit = context.commit.as_ref();
        let text = |text: &str, most| Some(TemplateValue::Text(text.to_owned(), most));
        match name {
            "commit" => commit.map(short),
            "subject" => text(first_line(&commit?.subject), SUBJECT),
            "author" => text(&commit?.author, NAME),
            "actor" => text(context.actor.as_deref()?, NAME),
            "url" => link(context.url.as_deref()?).map(TemplateValue::Word),
            "time" => self.time(),
            "late" => context.is_late().then(|| self.time()).flatten(),
            "duration" => (self.event.duration_ms > 0)
                .then(|| TemplateValue::Word(time(self.event.duration_ms))),
            "environment" => Some(self.environment()),
            "plan" => text(&context.plan, NAME),
            "run" => Some(TemplateValue::Word(word(&context.run, RUN))),
            "kind" => text(&self.event.kind, NAME),
            "evidence" => self.evidence(),
            "problem" => self.problem(),
            "hints" => Some(TemplateValue::Markdown(self.hints())),
            "previous" => context.previous.as_ref().map(short),
            "tried" => Some(TemplateValue::Word(word(context.tried()?, 7))),
            "back" => self.back(),
            "rollback" => context.rollback().and_then(command),
            "logs" => context.logs().and_then(command),
            "confirm" => text(context.confirm()?, NAME),
            "confirmation" => Some(TemplateValue::Markdown(self.confirmation().to_owned())),
            "cause" => Some(cause(self.event.cause()?)),
            "test" => context
                .is_test()
                .then(|| TemplateValue::Markdown(self.words.test.to_owned())),
            "actions" => Some(TemplateValue::Markdown(self.actions())),
            "steps" => Some(TemplateValue::Markdown(self.steps())),
            _ => None,
        }
    }

    /// `2025-10-25 14:35:42`, local to the host; where that is unknown, in the reader's own time.
    fn time(&self) -> Option<TemplateValue> {
        match (self.event.context.local_time(), self.event.at_unix_ms) {
            (Some(local), _) => Some(TemplateValue::Word(date_and_time(&local))),
            (None, 0) => None,
            (None, ms) => Some(TemplateValue::Word(format!("<t:{}:f>", ms / 1_000))),
        }
    }

    /// `Preprod`, `PRODUCTION`.
    fn environment(&self) -> TemplateValue {
        let name = &self.event.context.environment;
        let mut letters = name.chars();
        let shown = match letters.next() {
            _ if self.is_confirmed() => name.to_uppercase(),
            Some(first) => first.to_uppercase().chain(letters).collect(),
            None => String::new(),
        };
        TemplateValue::Text(shown, NAME)
    }

    fn evidence(&self) -> Option<TemplateValue> {
        match (self.words.evidence)(&self.event.evidence) {
            Some(words) => Some(TemplateValue::Markdown(words.to_owned())),
            None => Some(TemplateValue::Text(self.event.evidence.clone(), NAME)),
        }
    }

    /// One of a step that looks whether it works begins with these words.
    fn problem(&self) -> Option<TemplateValue> {
        let problem = self.event.problem.as_ref()?;
        let shown = match self.event.steps().any(|step| step.failed_to_verify()) {
            true => format!("{} - {problem}", self.words.health),
            false => problem.to_string(),
        };
        Some(TemplateValue::Text(shown, PROBLEM))
    }

    fn hints(&self) -> String {
        let notes = self.event.problem.iter().flat_map(|it| &it.notes);
        let hints = notes.map(|note| plain(note, HINT));
        let shown = hints.filter(|hint| !hint.is_empty()).take(HINTS);
        lines(shown.map(|hint| format!("💡 {hint}")))
    }

    /// The commit of the way back is the release's, or what it was found with.
    fn back(&self) -> Option<TemplateValue> {
        let context = &self.event.context;
        if context.found_in_place() {
            return Some(TemplateValue::Markdown(self.words.found.to_owned()));
        }
        let commit = context.commit.as_ref().or(context.previous.as_ref())?;
        let id = word(commit.short(), NAME);
        let subject = plain(first_line(&commit.subject), SUBJECT);
        let release = format!("`{id}` {subject}");
        Some(TemplateValue::Markdown(release.trim_end().to_owned()))
    }

    fn confirmation(&self) -> &'static str {
        match self.event.has_wrong_confirmation() {
            true => self.words.wrong_word,
            false => self.words.no_word,
        }
    }

    fn actions(&self) -> String {
        let mut shown = Vec::new();
        for step in self.event.steps() {
            let name = plain(&step.name, NAME);
            let actions = step.actions.iter();
            shown.extend(actions.map(|it| format!("🔧 {name}: {}", plain(&it.what, ACTION))));
        }
        let more = shown.len().saturating_sub(ACTIONS);
        shown.truncate(ACTIONS);
        if more > 0 {
            shown.push(format!("🔧 {}", (self.words.more)(more)));
        }
        lines(shown)
    }

    fn steps(&self) -> String {
        lines(self.event.steps().take(STEPS).map(|step| {
            let sign = match step.progress {
                StepProgress::Done => "✅",
                StepProgress::Running => "⏳",
                StepProgress::Failed => "❌",
                StepProgress::NotBegun | StepProgress::Other(_) => "▫️",
            };
            let summary = step.summary.unwrap_or_default();
            match (plain(&step.name, NAME), plain(&summary, ACTION)) {
                (name, summary) if summary.is_empty() => format!("{sign} {name}"),
                (name, summary) => format!("{sign} {name}: {summary}"),
            }
        }))
    }
}

fn short(commit: &Commit) -> TemplateValue {
    TemplateValue::Word(word(commit.short(), NAME))
}

fn command(text: &str) -> Option<TemplateValue> {
    crate::recovery_commands::exact(text).then(|| TemplateValue::Commands(text.to_owned()))
}

fn date_and_time(time: &LocalTime) -> String {
    let LocalTime {
        year,
        month,
        day,
        hour,
        minute,
        second,
        ..
    } = time;
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

fn cause(cause: Cause) -> TemplateValue {
    match cause {
        Cause::Signal(number) => TemplateValue::Word(match number {
            2 => "signal 2 (SIGINT)".to_owned(),
            15 => "signal 15 (SIGTERM)".to_owned(),
            other => format!("signal {other}"),
        }),
        Cause::Other(text) => TemplateValue::Text(text, NAME),
    }
}

fn lines(lines: impl IntoIterator<Item = String>) -> String {
    lines.into_iter().collect::<Vec<_>>().join("\n")
}
