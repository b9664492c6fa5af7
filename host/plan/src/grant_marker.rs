//! The words of `x-grant`: what a config value grants by being written.

use deployhost_policy::suggest;

/// What a top-level property of a config grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantMarker {
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

const WORDS: [(&str, GrantMarker); 10] = [
    ("http-read", GrantMarker::HttpRead),
    ("http-write", GrantMarker::HttpWrite),
    ("git-tree", GrantMarker::GitTree),
    ("git-remote", GrantMarker::GitRemote),
    ("git-ref", GrantMarker::GitRef),
    ("compose-file", GrantMarker::ComposeFile),
    ("compose-project", GrantMarker::ComposeProject),
    ("compose-service", GrantMarker::ComposeService),
    ("folder-read", GrantMarker::FolderRead),
    ("folder-write", GrantMarker::FolderWrite),
];

impl GrantMarker {
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
