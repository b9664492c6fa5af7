//! One problem that a person reads: what it is, where, and what to do.
//!
//! Owns the value that travels from whoever finds a problem to the screen, `--json`, the journal and
//! the notifiers. Does not own how it is shown: text is made at the edge, and nothing takes it apart.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::location::Location;
use crate::text::sanitize;

/// One problem. Whoever makes one puts no secret into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Diagnostic {
    pub code: Code,
    /// What is wrong, in one line.
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// What to do about it, in one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Further lines, shown below.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Name and value of what the message is about, so that it can be said in another language.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<(String, String)>,
}

/// Which problem it is, for programs: words of `a-z`, digits and `-`, joined by `.`:
/// `git.remote-unreachable`. A code keeps its meaning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Code(Cow<'static, str>);

impl Code {
    /// For what a plugin reports without a code of its own, or with one that is malformed.
    pub const PLUGIN: Self = Self::new("plugin.failed");
    /// Longest code, in bytes.
    pub const LONGEST: usize = 80;

    /// One of ours.
    pub const fn new(code: &'static str) -> Self {
        Self(Cow::Borrowed(code))
    }

    /// Somebody else's, where it is well-formed.
    pub fn parse(text: &str) -> Option<Self> {
        let word = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        let fits = text.len() <= Self::LONGEST && text.split('.').all(word);
        fits.then(|| Self(Cow::Owned(text.to_owned())))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&'static str> for Code {
    fn from(code: &'static str) -> Self {
        Self::new(code)
    }
}

impl Diagnostic {
    pub fn new(code: impl Into<Code>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            location: None,
            help: None,
            notes: Vec::new(),
            parameters: Vec::new(),
        }
    }

    #[must_use]
    pub fn at(mut self, location: impl Into<Location>) -> Self {
        self.location = Some(location.into());
        self
    }

    /// The same at this location, where none is known yet.
    #[must_use]
    pub fn or_at(mut self, location: impl FnOnce() -> Location) -> Self {
        self.location.get_or_insert_with(location);
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    #[must_use]
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// The same problem, said of something: `web: no route`.
    #[must_use]
    pub fn of(mut self, subject: impl fmt::Display) -> Self {
        self.message = format!("{subject}: {}", self.message);
        self
    }

    /// The same, each of its texts changed: redacted, or freed of control characters.
    #[must_use]
    pub fn map_texts(mut self, mut change: impl FnMut(&str) -> String) -> Self {
        self.message = change(&self.message);
        self.location = self
            .location
            .map(|location| location.map_texts(&mut change));
        self.help = self.help.as_deref().map(&mut change);
        for text in self.notes.iter_mut() {
            *text = change(text);
        }
        for (_, value) in self.parameters.iter_mut() {
            *value = change(value);
        }
        self
    }

    /// The same without characters that steer a terminal or an eye.
    #[must_use]
    pub fn sanitized(self) -> Self {
        self.map_texts(sanitize)
    }
}

/// On one line: `message — location — help`. Notes are lines of their own.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(location) = &self.location {
            write!(f, " — {location}")?;
        }
        if let Some(help) = &self.help {
            write!(f, " — {help}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostic {}

/// For errors whose method `diagnostic` says what people read: they print as that, and become it.
#[macro_export]
macro_rules! print_as_diagnostic {
    ($($error:ty),+) => {
        $(impl std::fmt::Display for $error {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.diagnostic().fmt(f)
            }
        }

        impl From<$error> for $crate::Diagnostic {
            fn from(error: $error) -> Self {
                error.diagnostic()
            }
        })+
    };
}
