//! The words of `x-grant`: what a config value grants by being written.

use super::suggest;

/// What a top-level property of a config grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    HttpRead,
    HttpWrite,
    GitTree,
    GitRemote,
    GitRef,
    ComposeFile,
    ComposeProject,
    ComposeService,
    FolderRead,
    FolderWrite,
}

const WORDS: [(&str, Word); 10] = [
    ("http-read", Word::HttpRead),
    ("http-write", Word::HttpWrite),
    ("git-tree", Word::GitTree),
    ("git-remote", Word::GitRemote),
    ("git-ref", Word::GitRef),
    ("compose-file", Word::ComposeFile),
    ("compose-project", Word::ComposeProject),
    ("compose-service", Word::ComposeService),
    ("folder-read", Word::FolderRead),
    ("folder-write", Word::FolderWrite),
];

impl Word {
    /// Or what to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        WORDS
            .iter()
            .find_map(|&(word, meaning)| (word == text).then_some(meaning))
            .ok_or_else(|| suggest::cure(text, WORDS.iter().map(|&(word, _)| word)))
    }

    pub fn text(self) -> &'static str {
        WORDS
            .iter()
            .find_map(|&(word, meaning)| (meaning == self).then_some(word))
            .unwrap_or_default()
    }
}
