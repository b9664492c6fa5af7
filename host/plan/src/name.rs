//! What targets, entries and secrets are called.

use std::fmt;

use serde::{Deserialize, Serialize};

use deployhost_policy::Diagnostic;
use deployhost_policy::display::display;

/// `^[a-z0-9][a-z0-9-]{0,62}$`: fit for a folder, an image tag, a URL and a sentence, and no two
/// names look alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

const RULE: &str = "names match ^[a-z0-9][a-z0-9-]{0,62}$: lower-case letters, digits and hyphens, \
                    at most 63, no hyphen first";

impl Name {
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if text.is_empty() || text.len() > 63 || text.starts_with('-') || !text.bytes().all(fits) {
            return Err(
                Diagnostic::new("plan.name", format!("`{}` is no name", display(text))).help(RULE),
            );
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).map_err(|diagnostic| diagnostic.message)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests;
