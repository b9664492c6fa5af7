//! What a good answer is.

use std::borrow::Cow;

use deployhost_plugin::http::Response;
use deployhost_plugin::prelude::*;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::Deserializer;
use serde::de::Error;
use serde_json::Value;

use crate::answer::excerpt;

/// All that is said must hold.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(crate = "deployhost_plugin::serde", deny_unknown_fields)]
pub struct Expect {
    /// A status, or a list of them; 200 where nothing is said.
    #[serde(default)]
    pub status: Statuses,
    /// The body has this in it, as written.
    pub text: Option<String>,
    pub header: Option<Header>,
    pub json: Option<Json>,
}

/// A header of this name has exactly this value.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(crate = "deployhost_plugin::serde", deny_unknown_fields)]
pub struct Header {
    /// In any case.
    pub name: String,
    pub value: String,
}

/// The body is JSON with this value at this place.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(crate = "deployhost_plugin::serde", deny_unknown_fields)]
pub struct Json {
    /// A JSON pointer, such as `/status`.
    pub pointer: String,
    pub equals: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statuses(pub Vec<u16>);

impl Default for Statuses {
    fn default() -> Self {
        Self(vec![200])
    }
}

const LONGEST_TEXT: usize = 4 * 1024;

impl Expect {
    /// Why this is no good answer; none: it is one.
    pub fn missing(&self, response: &Response) -> Option<String> {
        if !self.status.0.contains(&response.status) {
            return Some(format!("wanted {}", self.status.words()));
        }
        if let Some(Header { name, value }) = &self.header {
            match response.header(name) {
                Some(found) if found.trim() == value => {}
                Some(found) => {
                    return Some(format!(
                        "header `{name}` is `{}`, wanted `{value}`",
                        excerpt(found)
                    ));
                }
                None => return Some(format!("it has no header `{name}`")),
            }
        }
        if let Some(text) = &self.text
            && !response.text().contains(text.as_str())
        {
            return Some(format!("it does not contain `{}`", excerpt(text)));
        }
        self.json.as_ref().and_then(|json| json.missing(response))
    }

    /// In words, for the failure.
    pub fn words(&self) -> String {
        let mut parts = vec![self.status.words()];
        if let Some(Header { name, value }) = &self.header {
            parts.push(format!("header `{name}: {}`", excerpt(value)));
        }
        if let Some(text) = &self.text {
            parts.push(format!("the text `{}`", excerpt(text)));
        }
        if let Some(Json { pointer, equals }) = &self.json {
            parts.push(format!("{} at `{pointer}`", excerpt(&equals.to_string())));
        }
        parts.join(", ")
    }

    pub fn errors(&self) -> Vec<ConfigError> {
        let mut errors = Vec::new();
        let mut wrong = |pointer: &str, code: &str, message: &str| {
            errors.push(ConfigError::at(pointer, message).code(code));
        };
        if self.status.0.is_empty() {
            wrong(
                "/expect/status",
                "http-healthcheck.no-status",
                "is an empty list: no answer could be good",
            );
        }
        if self
            .status
            .0
            .iter()
            .any(|status| !(100..=599).contains(status))
        {
            wrong(
                "/expect/status",
                "http-healthcheck.status-out-of-range",
                "a status is from 100 to 599",
            );
        }
        match &self.text {
            Some(text) if text.is_empty() => wrong(
                "/expect/text",
                "http-healthcheck.text-empty",
                "is empty: every answer has that",
            ),
            Some(text) if text.len() > LONGEST_TEXT => wrong(
                "/expect/text",
                "http-healthcheck.text-too-long",
                "is over 4 KiB",
            ),
            _ => {}
        }
        if let Some(header) = &self.header
            && !is_header_name(&header.name)
        {
            wrong(
                "/expect/header/name",
                "http-healthcheck.header-name",
                "is no header's name",
            );
        }
        if let Some(json) = &self.json
            && !json.pointer.starts_with('/')
        {
            wrong(
                "/expect/json/pointer",
                "http-healthcheck.json-pointer",
                "begins with no `/`; a JSON pointer is like `/status`",
            );
        }
        errors
    }
}

impl Json {
    fn missing(&self, response: &Response) -> Option<String> {
        let Self { pointer, equals } = self;
        let Ok(body) = serde_json::from_slice::<Value>(&response.body) else {
            return Some("it is not JSON".to_owned());
        };
        match body.pointer(pointer) {
            Some(found) if same(found, equals) => None,
            Some(found) => Some(format!(
                "`{pointer}` is {}, wanted {}",
                excerpt(&found.to_string()),
                excerpt(&equals.to_string())
            )),
            None => Some(format!("it has nothing at `{pointer}`")),
        }
    }
}

/// 1 and 1.0 are the same number to whoever writes a plan.
fn same(found: &Value, wanted: &Value) -> bool {
    match (found.as_f64(), wanted.as_f64()) {
        (Some(found), Some(wanted)) => found == wanted,
        _ => found == wanted,
    }
}

pub fn is_header_name(name: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(token)
}

impl Statuses {
    fn words(&self) -> String {
        let all: Vec<String> = self.0.iter().map(u16::to_string).collect();
        format!("status {}", all.join(" or "))
    }
}

impl<'de> Deserialize<'de> for Statuses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let refused =
            || D::Error::custom("a status is a number from 100 to 599, or a list of such");
        let one = |value: &Value| value.as_u64().and_then(|status| u16::try_from(status).ok());
        let value = Value::deserialize(deserializer)?;
        match &value {
            Value::Array(list) => list.iter().map(one).collect::<Option<_>>(),
            single => one(single).map(|status| vec![status]),
        }
        .map(Self)
        .ok_or_else(refused)
    }
}

/// Said without `anyOf`, whose errors nobody can read.
impl JsonSchema for Statuses {
    fn schema_name() -> Cow<'static, str> {
        "Statuses".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["integer", "array"],
            "minimum": 100,
            "maximum": 599,
            "minItems": 1,
            "items": { "type": "integer", "minimum": 100, "maximum": 599 },
        })
    }
}
