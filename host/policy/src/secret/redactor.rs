//! The second wall: every text that leaves the host goes through it.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, BuildError};

use super::encodings::list_encodings;
use super::{SHORTEST, Secret};

/// Replaces secrets, in every encoding it knows, by `[secret NAME]`.
///
/// A text must be redacted before it is cut: half a secret is not recognised.
#[derive(Clone)]
pub struct Redactor {
    /// Looks for the first [`SHORTEST`] bytes only: an automaton of whole encodings would take 5 kB
    /// for each byte of a secret.
    search: AhoCorasick,
    /// For each pattern of `search`: the encodings that begin so, the longest first.
    begun: Vec<Vec<SecretEncoding>>,
}

#[derive(Clone)]
struct SecretEncoding {
    text: String,
    mask: Arc<str>,
}

/// From where to where, and what to put there.
type SecretMatch = (Range<usize>, Arc<str>);

impl Redactor {
    /// For what people read: placeholders go too.
    pub fn new(secrets: &[Arc<Secret>]) -> Result<Self, TooMany> {
        Self::build(secrets, true)
    }

    /// For what a plugin is given back: it knows the placeholders, and may need them.
    pub fn of_values(secrets: &[Arc<Secret>]) -> Result<Self, TooMany> {
        Self::build(secrets, false)
    }

    fn build(secrets: &[Arc<Secret>], placeholders: bool) -> Result<Self, TooMany> {
        let mut begun: BTreeMap<Vec<u8>, Vec<SecretEncoding>> = BTreeMap::new();
        for secret in secrets {
            let mask: Arc<str> = secret.mask().into();
            let mut texts = list_encodings(secret);
            if placeholders {
                texts.extend([secret.placeholder(), secret.marker.clone()]);
            }
            for text in texts {
                let start = text.as_bytes()[..SHORTEST].to_ascii_lowercase();
                begun.entry(start).or_default().push(SecretEncoding {
                    text,
                    mask: Arc::clone(&mask),
                });
            }
        }
        let search = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(begun.keys())?;
        let mut begun: Vec<_> = begun.into_values().collect();
        for list_encodings in &mut begun {
            list_encodings.sort_by_key(|encoding| Reverse(encoding.text.len()));
        }
        Ok(Self { search, begun })
    }

    /// Borrowed: there was nothing to hide.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.redact_bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            // Spellings are text, so that what is left around them is text as well.
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        }
    }

    /// The same for what may be no text.
    pub fn redact_bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let found = self.find(bytes);
        if found.is_empty() {
            return Cow::Borrowed(bytes);
        }
        let mut out = Vec::with_capacity(bytes.len());
        let mut done = 0;
        for (range, mask) in found {
            out.extend_from_slice(&bytes[done..range.start]);
            out.extend_from_slice(mask.as_bytes());
            done = range.end;
        }
        out.extend_from_slice(&bytes[done..]);
        Cow::Owned(out)
    }

    /// In order; those that overlap are one, so that no end of the second stays behind the first.
    fn find(&self, bytes: &[u8]) -> Vec<SecretMatch> {
        let mut all: Vec<SecretMatch> = Vec::new();
        for start in self.search.find_overlapping_iter(bytes) {
            let rest = &bytes[start.start()..];
            let whole = |encoding: &&SecretEncoding| {
                let text = encoding.text.as_bytes();
                rest.get(..text.len())
                    .is_some_and(|rest| rest.eq_ignore_ascii_case(text))
            };
            let Some(encoding) = self.begun[start.pattern()].iter().find(whole) else {
                continue;
            };
            let end = start.start() + encoding.text.len();
            match all.last_mut() {
                Some((last, _)) if start.start() < last.end => last.end = last.end.max(end),
                _ => all.push((start.start()..end, Arc::clone(&encoding.mask))),
            }
        }
        all
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} beginnings)", self.begun.len())
    }
}

/// The secrets are too many to search for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany;

impl From<BuildError> for TooMany {
    fn from(_: BuildError) -> Self {
        Self
    }
}

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the plan's secrets are too many to be kept out of its texts — declare fewer")
    }
}

impl std::error::Error for TooMany {}

#[cfg(test)]
mod tests;
