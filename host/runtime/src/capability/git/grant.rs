//! What one entry of the plan may do with git, and with whose key.

use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use deployhost_policy::git::reference::shown;
use deployhost_policy::git::{Ref, Remote, TreePath};

/// One work tree, where its commits may come from, and which refs may be resolved.
#[derive(Clone)]
pub struct Grant {
    /// The work tree's top.
    pub tree: PathBuf,
    /// Remotes as the plan writes them: names, URLs, paths.
    pub remotes: Vec<String>,
    /// Refs as the plan writes them. A commit that a pin names needs none.
    pub refs: Vec<String>,
    /// As whom the remotes are reached.
    pub auth: Auth,
}

/// As whom a remote is reached.
#[derive(Clone)]
pub enum Auth {
    /// Nobody: cleared environment, no key, no saved password.
    Plain,
    /// This user, as a `git fetch` typed by hand would be: own git and ssh set-up.
    User,
    /// One ssh key, toward the hosts of one file.
    Ssh(SshKey),
    /// A password or token for one web origin.
    Token(Arc<Token>),
}

/// An ssh key and the hosts it may be shown to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshKey {
    key: PathBuf,
    known_hosts: PathBuf,
}

impl SshKey {
    /// Two absolute paths of letters, digits and `/._-`: git hands them to ssh through a command
    /// line, and ssh expands `%` and `~`.
    pub fn parse(key: &str, known_hosts: &str) -> Result<Self, String> {
        for path in [key, known_hosts] {
            let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
            if !path.starts_with('/') || !path.chars().all(plain) {
                return Err(format!(
                    "`{}` cannot be given to ssh — an absolute path of letters, digits, `/`, `.`, `_`, `-`",
                    shown(path)
                ));
            }
        }
        Ok(Self {
            key: key.into(),
            known_hosts: known_hosts.into(),
        })
    }

    pub fn key(&self) -> &std::path::Path {
        &self.key
    }

    pub fn known_hosts(&self) -> &std::path::Path {
        &self.known_hosts
    }
}

/// A secret for one web origin. It has no way into a formatter, by intent.
pub struct Token {
    origin: String,
    authorization: String,
}

impl Token {
    /// `origin` is scheme, host and port as in [`super::remote::Kind::Web`]. The user name means
    /// nothing to the forges that take tokens, but has to be there.
    pub fn new(origin: impl Into<String>, secret: &str) -> Self {
        let pair = STANDARD.encode(format!("x-access-token:{secret}"));
        Self {
            origin: origin.into(),
            authorization: format!("Authorization: Basic {pair}"),
        }
    }

    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The header line. For the environment of a child, never for an argument.
    pub fn authorization(&self) -> &str {
        &self.authorization
    }
}

/// The first grant that covers tree, remote and ref, where they are asked for.
pub(super) fn granted<'a>(
    grants: &'a [Grant],
    tree: &TreePath,
    remote: Option<&Remote>,
    reference: Option<&Ref>,
) -> Result<&'a Grant, String> {
    let mut trees = grants
        .iter()
        .filter(|grant| grant.tree == tree.as_path())
        .peekable();
    if trees.peek().is_none() {
        return Err(format!(
            "the work tree `{tree}` is not granted to this step"
        ));
    }
    let mut remotes = trees
        .filter(|grant| {
            remote.is_none_or(|remote| grant.remotes.iter().any(|r| r == remote.as_str()))
        })
        .peekable();
    if remotes.peek().is_none() {
        let remote = remote.map_or("", Remote::as_str);
        return Err(format!(
            "the remote `{remote}` is not granted to this step for `{tree}`"
        ));
    }
    remotes
        .find(|grant| reference.is_none_or(|asked| grant.refs.iter().any(|r| r == asked.as_str())))
        .ok_or_else(|| {
            let asked = reference.map_or("", Ref::as_str);
            format!("the ref `{asked}` is not granted to this step for `{tree}`")
        })
}

#[cfg(test)]
mod tests;
