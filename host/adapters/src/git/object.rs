//! What git's object store says about names: `git cat-file --batch`, one process for all of them.
//!
//! Names go in on stdin, one a line, so that none of them can be an option; those who call have
//! names without line breaks.

use super::program::GitCommand;
use deployhost_policy::Diagnostic;
use deployhost_runtime::capability::error::{CapabilityError, OfKind};
use deployhost_runtime::capability::run::Commit;
use deployhost_runtime::redaction_scope::redact_in_scope;

/// Longest subject and author that are told, in bytes.
const TEXT: usize = 1024;

/// What a name stands for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ObjectLookup<T> {
    Is(T),
    Missing,
    /// An abbreviated id of several objects.
    Ambiguous,
}

impl<T> ObjectLookup<T> {
    pub fn ok(self) -> Option<T> {
        match self {
            Self::Is(it) => Some(it),
            Self::Missing | Self::Ambiguous => None,
        }
    }
}

/// The id of each name, in their order.
pub(super) async fn ids(
    command: GitCommand,
    names: &[String],
) -> Result<Vec<ObjectLookup<String>>, CapabilityError> {
    let finished = command
        .words("cat-file --batch-check")
        .input(lines(names))
        .done()
        .await?;
    let answers: Vec<_> = String::from_utf8_lossy(&finished.out)
        .lines()
        .map(|line| header(line).map(|(id, _)| id.to_owned()))
        .collect();
    complete(answers, names)
}

/// The content of each name, in their order.
pub(super) async fn contents(
    command: GitCommand,
    names: &[String],
) -> Result<Vec<ObjectLookup<Object>>, CapabilityError> {
    // A commit's message is as long as its author likes.
    let finished = command
        .long()
        .words("cat-file --batch")
        .input(lines(names))
        .done()
        .await?;
    let mut rest = finished.out.as_slice();
    let mut answers = Vec::new();
    while let Some(end) = rest.iter().position(|b| *b == b'\n') {
        let line = String::from_utf8_lossy(&rest[..end]);
        rest = &rest[end + 1..];
        answers.push(match header(&line) {
            ObjectLookup::Is((id, size)) => {
                let Some((content, after)) = rest.split_at_checked(size) else {
                    break;
                };
                rest = after.strip_prefix(b"\n").unwrap_or(after);
                ObjectLookup::Is(Object {
                    id: id.to_owned(),
                    content: content.to_vec(),
                })
            }
            ObjectLookup::Missing => ObjectLookup::Missing,
            ObjectLookup::Ambiguous => ObjectLookup::Ambiguous,
        });
    }
    complete(answers, names)
}

/// An object's id and bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Object {
    pub id: String,
    pub content: Vec<u8>,
}

impl Object {
    /// A commit's headers, and its message with the line breaks before it.
    fn parts(&self) -> (&[u8], &[u8]) {
        let end = self
            .content
            .windows(2)
            .position(|pair| pair == b"\n\n")
            .unwrap_or(self.content.len());
        self.content.split_at(end)
    }

    /// The first line of a commit's header.
    pub fn header(&self, name: &[u8]) -> Option<&[u8]> {
        let (headers, _) = self.parts();
        headers
            .split(|b| *b == b'\n')
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(b" "))
    }

    /// Reads a commit as git stores it: headers, an empty line, the message.
    pub fn commit(&self) -> Commit {
        let (_, message) = self.parts();
        let header = |name: &[u8]| self.header(name).unwrap_or_default();
        // Only the encoding whose every byte is a character is told from UTF-8.
        let latin = matches!(
            header(b"encoding"),
            b"ISO-8859-1" | b"iso-8859-1" | b"latin1"
        );
        let text = |bytes: &[u8]| match latin {
            true => bytes.iter().map(|b| char::from(*b)).collect(),
            false => String::from_utf8_lossy(bytes).into_owned(),
        };
        let author = text(header(b"author"));
        let author = author
            .rsplit_once(" <")
            .map_or(author.as_str(), |(name, _)| name);
        let message = text(message);
        let subject = message
            .trim_start_matches('\n')
            .lines()
            .next()
            .unwrap_or_default();
        Commit {
            id: self.id.clone(),
            subject: redact_in_scope(subject.trim_end(), TEXT),
            author: redact_in_scope(author, TEXT),
            at: committed_at(header(b"committer")),
        }
    }
}

/// When it was committed, in ms since 1970: `NAME <MAIL> SECONDS ZONE`.
fn committed_at(committer: &[u8]) -> Option<u64> {
    let after = committer.rsplit(|b| *b == b'>').next()?;
    let seconds = str::from_utf8(after).ok()?.split_whitespace().next()?;
    seconds.parse::<u64>().ok()?.checked_mul(1000)
}

fn lines(names: &[String]) -> Vec<u8> {
    let mut text = names.join("\n");
    text.push('\n');
    text.into_bytes()
}

impl<T> ObjectLookup<T> {
    fn map<U>(self, f: impl FnOnce(T) -> U) -> ObjectLookup<U> {
        match self {
            Self::Is(it) => ObjectLookup::Is(f(it)),
            Self::Missing => ObjectLookup::Missing,
            Self::Ambiguous => ObjectLookup::Ambiguous,
        }
    }
}

/// `<id> <type> <size>`, or `<name> missing`, or `<name> ambiguous`.
fn header(line: &str) -> ObjectLookup<(&str, usize)> {
    if line.ends_with(" ambiguous") {
        return ObjectLookup::Ambiguous;
    }
    let mut words = line.split(' ');
    match (
        words.next(),
        words.next(),
        words.next().map(str::parse),
        words.next(),
    ) {
        (Some(id), Some(_), Some(Ok(size)), None) => ObjectLookup::Is((id, size)),
        _ => ObjectLookup::Missing,
    }
}

fn complete<T>(
    answers: Vec<ObjectLookup<T>>,
    names: &[String],
) -> Result<Vec<ObjectLookup<T>>, CapabilityError> {
    if answers.len() == names.len() {
        Ok(answers)
    } else {
        Err(Diagnostic::new(
            "git.answer",
            format!(
                "git answered {} of {} questions",
                answers.len(),
                names.len()
            ),
        )
        .other())
    }
}

#[cfg(test)]
mod tests;
