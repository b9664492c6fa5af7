//! What names a commit: a ref that people write, and a commit id.
//!
//! Both are checked here once, before any program is started: a ref reaches git as part of an
//! argument, and git would read some of them as options or as expressions.

use crate::Diagnostic;
use std::fmt;

use crate::short_id::short_commit;
use crate::text::{cut, is_control_or_bidi};

/// Longest ref, in bytes.
pub const LONGEST: usize = 255;

const WHAT_TO_WRITE: &str = "write a branch, a tag or a commit id";

/// A branch, a tag, or a commit id of 7 to 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ref(String);

impl Ref {
    /// The rules are git's own (`git check-ref-format`), and no full name (`refs/…`), no `HEAD`.
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        let shown = shown(text);
        // Some say what to write by themselves; of the others the reason is told as well.
        let advise =
            |help: &str| Diagnostic::new("git.ref", format!("`{shown}` is no git ref")).help(help);
        let refuse = |reason: &str| {
            let message = format!("`{shown}` is no git ref: {reason}");
            Diagnostic::new("git.ref", message).help(WHAT_TO_WRITE)
        };
        if text.is_empty() {
            return Err(advise(WHAT_TO_WRITE));
        }
        if text.len() > LONGEST {
            return Err(refuse("at most 255 bytes"));
        }
        if text.starts_with('-') {
            return Err(refuse(
                "it begins with `-`, which git would read as an option",
            ));
        }
        if let Some(c) = text
            .chars()
            .find(|&c| is_control_or_bidi(c) || " ~^:?*[\\".contains(c))
        {
            return Err(refuse(&format!("it contains `{}`", c.escape_debug())));
        }
        if let Some(part) = ["..", "@{", "//"]
            .into_iter()
            .find(|part| text.contains(part))
        {
            return Err(refuse(&format!("it contains `{part}`")));
        }
        if text == "@" || text == "HEAD" {
            return Err(advise("write the branch's name"));
        }
        if text.starts_with("refs/") {
            return Err(advise("write the short name, such as `main`"));
        }
        if text.ends_with(['/', '.']) || text.starts_with('/') {
            return Err(refuse("it begins or ends with `/` or `.`"));
        }
        if text
            .split('/')
            .any(|part| part.starts_with('.') || part.ends_with(".lock"))
        {
            return Err(refuse("a part of it begins with `.` or ends in `.lock`"));
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Can this be a commit id, full or abbreviated?
    pub fn is_hex(&self) -> bool {
        (7..=64).contains(&self.0.len()) && lower_hex(&self.0)
    }
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A full commit id: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CommitId(String);

impl CommitId {
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        if matches!(text.len(), 40 | 64) && lower_hex(text) {
            Ok(Self(text.to_owned()))
        } else {
            let message = format!("`{}` is no full commit id", shown(text));
            Err(Diagnostic::new("git.commit-id", message)
                .help("40 or 64 lower-case hexadecimal digits"))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first seven digits, for people.
    pub fn short(&self) -> &str {
        short_commit(&self.0)
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn lower_hex(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Refused input as an error may show it: escaped and short.
pub fn shown(text: &str) -> String {
    cut(text, 80).escape_debug().collect()
}

#[cfg(test)]
mod tests;
