//! What git's object store says about names: `git cat-file --batch`, one process for all questions on
//! a repository.
//!
//! Names go in on stdin, one a line, so that none of them can be an option; those who call have
//! names without line breaks.

use std::io;
use std::sync::{Mutex, PoisonError};

use super::program::{GitCommand, GitSetting, LONG, answer_within, unanswered};
use crate::conversation::Conversation;
use deployhost_runtime::capability::error::CapabilityError;
use deployhost_runtime::capability::run::Commit;
use deployhost_runtime::redaction_scope::redact_in_scope;

/// Longest subject and author that are told, in bytes.
const TEXT: usize = 1024;

/// Most processes that are kept waiting.
const MOST: usize = 8;

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

/// The processes that answer, each for one repository and whatever it reads besides.
#[derive(Default)]
pub(super) struct ObjectReaders(Mutex<Vec<(GitSetting, Conversation)>>);

impl ObjectReaders {
    /// The id of each name, in their order.
    pub async fn ids(
        &self,
        command: GitCommand,
        names: &[String],
    ) -> Result<Vec<ObjectLookup<String>>, CapabilityError> {
        let contents = self.contents(command, names).await?;
        Ok(contents.into_iter().map(|it| it.map(|it| it.id)).collect())
    }

    /// The content of each name, in their order.
    pub async fn contents(
        &self,
        command: GitCommand,
        names: &[String],
    ) -> Result<Vec<ObjectLookup<Object>>, CapabilityError> {
        let (setting, within) = (command.setting(), command.deadline());
        // Out of the list while it is asked: half an answer is never read by the next.
        let mut reader = match self.idle(&setting) {
            Some(reader) => reader,
            None => command.words("cat-file --batch").converse()?,
        };
        let asked = answer_within(within, ask(&mut reader, names));
        match asked.await {
            Ok(answers) => {
                self.keep(setting, reader);
                Ok(answers)
            }
            Err(error) => Err(unanswered("cat-file", reader, error, TEXT).await),
        }
    }

    fn idle(&self, setting: &GitSetting) -> Option<Conversation> {
        let mut readers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = readers.iter().position(|(of, _)| of == setting)?;
        Some(readers.swap_remove(at).1)
    }

    fn keep(&self, setting: GitSetting, reader: Conversation) {
        let mut readers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        readers.push((setting, reader));
        if readers.len() > MOST {
            readers.remove(0);
        }
    }
}

async fn ask(reader: &mut Conversation, names: &[String]) -> io::Result<Vec<ObjectLookup<Object>>> {
    let mut answers = Vec::new();
    for name in names {
        reader.send(format!("{name}\n").as_bytes()).await?;
        let line = reader.line().await?;
        answers.push(match header(&String::from_utf8_lossy(&line)) {
            ObjectLookup::Is((.., size)) if size > LONG => {
                return Err(io::Error::other(format!("{name} has over {LONG} bytes")));
            }
            ObjectLookup::Is((id, kind, size)) => {
                let mut content = reader.bytes(size + 1).await?;
                content.truncate(size);
                let (id, kind) = (id.to_owned(), kind.to_owned());
                ObjectLookup::Is(Object { id, kind, content })
            }
            ObjectLookup::Missing => ObjectLookup::Missing,
            ObjectLookup::Ambiguous => ObjectLookup::Ambiguous,
        });
    }
    Ok(answers)
}

/// An object's id, type and bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Object {
    pub id: String,
    /// commit | tree | blob | tag
    pub kind: String,
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

    /// The ids of a commit's parents.
    pub fn parents(&self) -> impl Iterator<Item = String> {
        let (headers, _) = self.parts();
        let lines = headers.split(|b| *b == b'\n');
        let parents = lines.filter_map(|line| line.strip_prefix(b"parent "));
        parents.map(|id| String::from_utf8_lossy(id).into_owned())
    }

    /// Mode and id of what a tree has under a name: `100644 <id>`. None: it has not, or is no tree.
    pub fn entry(&self, name: &str) -> Option<String> {
        let mut rest = (self.kind == "tree").then_some(&self.content[..])?;
        // `<mode> <name>\0<id in bytes>`
        while !rest.is_empty() {
            let end = rest.iter().position(|b| *b == 0)?;
            let (mode, own) = str::from_utf8(&rest[..end]).ok()?.split_once(' ')?;
            let id = rest.get(end + 1..)?.get(..self.id.len() / 2)?;
            if own == name {
                let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
                return Some(format!("{mode:0>6} {id}"));
            }
            rest = &rest[end + 1 + id.len()..];
        }
        None
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
fn header(line: &str) -> ObjectLookup<(&str, &str, usize)> {
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
        (Some(id), Some(kind), Some(Ok(size)), None) => ObjectLookup::Is((id, kind, size)),
        _ => ObjectLookup::Missing,
    }
}

#[cfg(test)]
mod tests;
