//! The entry's `config` table.

use std::collections::BTreeMap;

use deployhost_plugin::prelude::*;

use crate::facts::NAMES;
use crate::template::{faults, suggestion};
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
    /// What the schema cannot say. No problem quotes the webhook.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let url = &self.webhook;
        if !url.starts_with("https://") && !url.starts_with("http://") {
            problems.push(Problem::at(
                "/webhook",
                "begins with neither `https://` nor `http://`",
            ));
        } else if url
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || c == '#')
        {
            problems.push(Problem::at(
                "/webhook",
                "has a space, a `#` or a control character in it",
            ));
        }
        if let Some(name) = &self.username {
            let lower = name.to_lowercase();
            if name.trim().is_empty() || name.chars().count() > 80 {
                problems.push(Problem::at("/username", "must have 1 to 80 characters"));
            } else if let Some(word) = ["clyde", "discord"]
                .iter()
                .find(|word| lower.contains(**word))
            {
                problems.push(Problem::at(
                    "/username",
                    format!("Discord allows no name with `{word}` in it"),
                ));
            }
        }
        for (kind, text) in &self.messages {
            let pointer = format!("/messages/{}", kind.replace('~', "~0").replace('/', "~1"));
            if !KINDS.contains(&kind.as_str()) {
                let cure = suggestion(kind, &KINDS);
                problems.push(Problem::at(pointer, format!("is no kind of event: {cure}")));
                continue;
            }
            if kind == "progress" && self.mode == Mode::Messages {
                problems.push(Problem::at(
                    pointer.clone(),
                    "is never sent: progress is told only with `mode = \"edit\"`",
                ));
            }
            let faults = faults(text, &NAMES).into_iter();
            problems.extend(faults.map(|fault| Problem::at(pointer.clone(), fault)));
        }
        problems
    }
}
