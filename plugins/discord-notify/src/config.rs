//! The entry's `config` table.

use std::collections::BTreeMap;

use deployhost_plugin::prelude::*;

use crate::event_values::NAMES;
use crate::template_check::{check, suggestion};
use crate::words::{KINDS, Language};

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(crate = "deployhost_plugin::serde", deny_unknown_fields)]
pub struct Config {
    /// The webhook's URL, from a secret: `"${secret.discord}"`.
    #[schemars(extend("x-grant" = "http-write"))]
    pub webhook: String,
    /// The name that messages appear under, instead of the webhook's own.
    pub username: Option<String>,
    /// The language of the messages: `"en"` or `"fr"`.
    #[serde(default)]
    pub language: Language,
    /// `"messages"`: one for each event. `"edit"`: one that is kept up to date; what went wrong is
    /// always a new one, since nobody is notified of an edit.
    #[serde(default)]
    pub mode: Mode,
    /// Texts of your own, by the kind of the event: `{ succeeded = "{plan} runs {commit}: {url}" }`.
    /// A line is left out where one of its values is not known. The names: {commit} {subject} {author}
    /// {actor} {url} {time} {duration} {environment} {plan} {run} {kind} {evidence} {problem} {hints}
    /// {previous} {tried} {rollback} {commands} {logs} {cause} {actions} {steps}. A brace is {{ or }}.
    #[serde(default)]
    pub messages: BTreeMap<String, String>,
}

/// What becomes of a message when more is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(crate = "deployhost_plugin::serde", rename_all = "lowercase")]
pub enum Mode {
    #[default]
    Messages,
    Edit,
}

impl Config {
    /// What the schema cannot say. None of it quotes the webhook.
    pub fn errors(&self) -> Vec<ConfigError> {
        let messages = self.messages.iter();
        invalid_webhook(&self.webhook)
            .into_iter()
            .chain(self.username.as_deref().and_then(invalid_username))
            .chain(messages.flat_map(|(kind, text)| invalid_message(kind, text, self.mode)))
            .collect()
    }
}

fn invalid_webhook(url: &str) -> Option<ConfigError> {
    if !url.starts_with("https://") && !url.starts_with("http://") {
        let message = "begins with neither `https://` nor `http://`";
        return Some(ConfigError::at("/webhook", message).code("discord-notify.webhook-scheme"));
    }
    url.chars()
        .any(|c| c.is_control() || c.is_whitespace() || c == '#')
        .then(|| {
            let message = "has a space, a `#` or a control character in it";
            ConfigError::at("/webhook", message).code("discord-notify.webhook-character")
        })
}

fn invalid_username(name: &str) -> Option<ConfigError> {
    if name.trim().is_empty() || name.chars().count() > 80 {
        let message = "must have 1 to 80 characters";
        return Some(ConfigError::at("/username", message).code("discord-notify.username-length"));
    }
    let lower = name.to_lowercase();
    let reserved = ["clyde", "discord"];
    let word = reserved.iter().find(|word| lower.contains(**word))?;
    let message = format!("Discord allows no name with `{word}` in it");
    let error = ConfigError::at("/username", message);
    Some(
        error
            .code("discord-notify.username-reserved")
            .parameter("word", word),
    )
}

/// A text of the plan's own.
fn invalid_message(kind: &str, text: &str, mode: Mode) -> Vec<ConfigError> {
    let pointer = ConfigError::pointer_to("/messages", kind);
    if !KINDS.contains(&kind) {
        let message = format!("is no kind of event: {}", suggestion(kind, &KINDS));
        let error = ConfigError::at(pointer, message);
        return vec![
            error
                .code("discord-notify.unknown-kind")
                .parameter("kind", kind),
        ];
    }
    let mut errors = Vec::new();
    if kind == "progress" && mode == Mode::Messages {
        let message = "is never sent: progress is told only with `mode = \"edit\"`";
        let error = ConfigError::at(pointer.clone(), message);
        errors.push(error.code("discord-notify.progress-never-sent"));
    }
    let wrong = check(text, &NAMES).into_iter();
    errors.extend(wrong.map(|diagnostic| ConfigError {
        pointer: pointer.clone(),
        diagnostic,
    }));
    errors
}
