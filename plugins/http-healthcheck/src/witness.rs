//! The place in an answer that says which commit it comes from.

use deployhost_plugin::http::Response;
use deployhost_plugin::prelude::*;
use serde_json::Value;

use crate::answer::excerpt;
use crate::expect::is_header_name;

/// Exactly one of these. The commit is there in full, or abbreviated to 7 characters or more.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(crate = "deployhost_plugin::serde", deny_unknown_fields)]
pub struct Witness {
    /// The value of the header of this name.
    pub header: Option<String>,
    /// `true`: a word anywhere in the body.
    pub text: Option<bool>,
    /// The string at this JSON pointer, such as `/version/commit`.
    pub pointer: Option<String>,
}

/// Fewer characters than git itself would abbreviate to prove nothing.
const SHORTEST: usize = 7;

impl Witness {
    /// Why the answer does not prove that it comes from this commit; none: it does.
    pub fn missing(&self, response: &Response, commit: &Commit) -> Option<String> {
        let wanted = commit.short();
        let found = match (&self.header, &self.pointer) {
            (Some(name), _) => match response.header(name) {
                Some(value) => value.trim().to_owned(),
                None => return Some(format!("it has no header `{name}` to tell its commit")),
            },
            (None, Some(pointer)) => match at(response, pointer) {
                Some(value) => value.trim().to_owned(),
                None => return Some(format!("it has no text at `{pointer}` to tell its commit")),
            },
            (None, None) => {
                return (!in_words(&response.text(), &commit.id))
                    .then(|| format!("it does not carry commit {wanted}"));
            }
        };
        (!stands_for(&found, &commit.id))
            .then(|| format!("answers with commit {}, wanted {wanted}", excerpt(&found)))
    }

    pub fn errors(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        let mut wrong = |pointer: &str, code: &str, message: &str| {
            errors.push(ConfigError::at(pointer, message).code(code));
        };
        let kinds = [
            self.header.is_some(),
            self.text.is_some(),
            self.pointer.is_some(),
        ];
        if kinds.into_iter().filter(|set| *set).count() != 1 {
            wrong(
                "/witness",
                "http-healthcheck.witness-kinds",
                "say exactly one of `header`, `text = true` and `pointer`",
            );
        }
        if self.text == Some(false) {
            wrong(
                "/witness/text",
                "http-healthcheck.witness-text",
                "is true, or left out together with the witness",
            );
        }
        if self
            .header
            .as_ref()
            .is_some_and(|name| !is_header_name(name))
        {
            wrong(
                "/witness/header",
                "http-healthcheck.header-name",
                "is no header's name",
            );
        }
        if self
            .pointer
            .as_ref()
            .is_some_and(|pointer| !pointer.starts_with('/'))
        {
            wrong(
                "/witness/pointer",
                "http-healthcheck.json-pointer",
                "begins with no `/`; a JSON pointer is like `/version/commit`",
            );
        }
        errors
    }
}

fn at(response: &Response, pointer: &str) -> Option<String> {
    let body: Value = serde_json::from_slice(&response.body).ok()?;
    body.pointer(pointer)?.as_str().map(str::to_owned)
}

/// In full or abbreviated, in any case.
fn stands_for(found: &str, id: &str) -> bool {
    found.len() >= SHORTEST && id.starts_with(&found.to_ascii_lowercase())
}

/// A whole word: seven characters inside a longer id are another commit's.
fn in_words(body: &str, id: &str) -> bool {
    body.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| stands_for(word, id))
}
