//! What is known of an event, by the names that texts use for it. Pure.

use deployhost_plugin::prelude::*;
use serde_json::Value as Json;

use crate::template::Value;
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

pub struct Facts<'e> {
    event: &'e Event,
    words: &'static Words,
}

impl<'e> Facts<'e> {
    pub fn new(event: &'e Event, words: &'static Words) -> Self {
        Self { event, words }
    }

    fn detail(&self, key: &str) -> Option<&'e str> {
        self.event.context.detail(key)
    }

    /// The plan wants a word typed, which is what makes it production here.
    pub fn confirmed(&self) -> bool {
        self.detail("confirm").is_some()
    }

    pub fn value(&self, name: &str) -> Option<Value> {
        let context = &self.event.context;
        let commit = context.commit.as_ref();
        let text = |text: &str, most| Some(Value::Text(text.to_owned(), most));
        match name {
            "commit" => commit.map(short),
            "subject" => text(first_line(&commit?.subject), SUBJECT),
            "author" => text(&commit?.author, NAME),
            "actor" => text(context.actor.as_deref()?, NAME),
            "url" => link(context.url.as_deref()?).map(Value::Word),
            "time" => self.time(),
            "late" => self.is("late").then(|| self.time()).flatten(),
            "duration" => {
                (self.event.duration_ms > 0).then(|| Value::Word(time(self.event.duration_ms)))
            }
            "environment" => Some(self.environment()),
            "plan" => text(&context.plan, NAME),
            "run" => Some(Value::Word(word(&context.run, RUN))),
            "kind" => text(&self.event.kind, NAME),
            "evidence" => self.evidence(),
            "problem" => self.problem(),
            "hints" => Some(Value::Markdown(self.hints())),
            "previous" => context.previous.as_ref().map(short),
            "tried" => Some(Value::Word(word(self.detail("tried")?, 7))),
            "back" => self.back(),
            "rollback" | "logs" => self.detail(name).and_then(command),
            "confirm" => text(self.detail("confirm")?, NAME),
            "confirmation" => Some(Value::Markdown(self.confirmation().to_owned())),
            "cause" => Some(cause(self.detail("cause")?)),
            "test" => self
                .is("test")
                .then(|| Value::Markdown(self.words.test.to_owned())),
            "actions" => Some(Value::Markdown(self.actions())),
            "steps" => Some(Value::Markdown(self.steps())),
            _ => None,
        }
    }

    fn is(&self, key: &str) -> bool {
        self.detail(key) == Some("true")
    }

    /// `2025-10-25 14:35:42`, local to the host; where it did not say, in the reader's own time.
    fn time(&self) -> Option<Value> {
        let local = self.detail("local-time").and_then(|text| {
            let (day, rest) = text.split_once('T')?;
            let clock = rest.get(..8)?;
            let digits = |text: &str| {
                text.bytes()
                    .all(|b| b.is_ascii_digit() || b"-:".contains(&b))
            };
            (day.len() == 10 && digits(day) && digits(clock)).then(|| format!("{day} {clock}"))
        });
        match (local, self.event.at_unix_ms) {
            (Some(local), _) => Some(Value::Word(local)),
            (None, 0) => None,
            (None, ms) => Some(Value::Word(format!("<t:{}:f>", ms / 1_000))),
        }
    }

    /// `Preprod`, `PRODUCTION`.
    fn environment(&self) -> Value {
        let name = &self.event.context.environment;
        let mut letters = name.chars();
        let said = match letters.next() {
            _ if self.confirmed() => name.to_uppercase(),
            Some(first) => first.to_uppercase().chain(letters).collect(),
            None => String::new(),
        };
        Value::Text(said, NAME)
    }

    fn evidence(&self) -> Option<Value> {
        match (self.words.evidence)(&self.event.evidence) {
            Some(words) => Some(Value::Markdown(words.to_owned())),
            None => Some(Value::Text(self.event.evidence.clone(), NAME)),
        }
    }

    /// One of a step that looks whether it works begins with these words.
    fn problem(&self) -> Option<Value> {
        let problem = self.event.problem.as_deref()?;
        let unhealthy = self
            .states()
            .any(|(_, step)| step["state"] == "failed" && step["role"] == "verify");
        let said = match unhealthy {
            true => format!("{} - {problem}", self.words.health),
            false => problem.to_owned(),
        };
        Some(Value::Text(said, PROBLEM))
    }

    fn hints(&self) -> String {
        let hints = self.event.hints.iter().map(|hint| plain(hint, HINT));
        let told = hints.filter(|hint| !hint.is_empty()).take(HINTS);
        lines(told.map(|hint| format!("💡 {hint}")))
    }

    /// The commit of the way back is the release's, or what it was found with.
    fn back(&self) -> Option<Value> {
        let context = &self.event.context;
        if context.found_in_place() {
            return Some(Value::Markdown(self.words.found.to_owned()));
        }
        let commit = context.commit.as_ref().or(context.previous.as_ref())?;
        let id = word(commit.short(), NAME);
        let subject = plain(first_line(&commit.subject), SUBJECT);
        let said = format!("`{id}` {subject}");
        Some(Value::Markdown(said.trim_end().to_owned()))
    }

    fn confirmation(&self) -> &'static str {
        let problem = self.event.problem.as_deref().unwrap_or_default();
        match problem.contains("the word given is not") {
            true => self.words.wrong_word,
            false => self.words.no_word,
        }
    }

    /// Each step's name and what the host says of it.
    fn states(&self) -> impl Iterator<Item = (&'e str, Json)> {
        let steps = self.event.steps.iter();
        steps.filter_map(|(name, json)| Some((name.as_str(), serde_json::from_str(json).ok()?)))
    }

    /// Each step's actions: `actions` is a list of texts, or of pairs of what and why.
    fn actions(&self) -> String {
        let mut told = Vec::new();
        for (step, state) in self.states() {
            for action in state["actions"].as_array().into_iter().flatten() {
                if let Some(what) = action.as_str().or_else(|| action[0].as_str()) {
                    told.push(format!("🔧 {}: {}", plain(step, NAME), plain(what, ACTION)));
                }
            }
        }
        let more = told.len().saturating_sub(ACTIONS);
        told.truncate(ACTIONS);
        if more > 0 {
            told.push(format!("🔧 {}", (self.words.more)(more)));
        }
        lines(told)
    }

    fn steps(&self) -> String {
        lines(self.states().take(STEPS).map(|(name, step)| {
            let sign = match step["state"].as_str() {
                Some("done") => "✅",
                Some("running") => "⏳",
                Some("failed") => "❌",
                _ => "▫️",
            };
            let summary = step["summary"].as_str().unwrap_or_default();
            match (plain(name, NAME), plain(summary, ACTION)) {
                (name, summary) if summary.is_empty() => format!("{sign} {name}"),
                (name, summary) => format!("{sign} {name}: {summary}"),
            }
        }))
    }
}

fn short(commit: &Commit) -> Value {
    Value::Word(word(commit.short(), NAME))
}

fn command(text: &str) -> Option<Value> {
    crate::commands::exact(text).then(|| Value::Commands(text.to_owned()))
}

fn cause(text: &str) -> Value {
    match text {
        "signal 2" => Value::Word("signal 2 (SIGINT)".to_owned()),
        "signal 15" => Value::Word("signal 15 (SIGTERM)".to_owned()),
        other => Value::Text(other.to_owned(), NAME),
    }
}

fn lines(lines: impl IntoIterator<Item = String>) -> String {
    lines.into_iter().collect::<Vec<_>>().join("\n")
}
