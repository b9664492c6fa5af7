//! What one entry of the plan may do with git, and with whose key.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use deployhost_policy::Diagnostic;
use deployhost_policy::git::reference::shown;
use deployhost_policy::git::{Ref, Remote, TreePath};

use deployhost_policy::config_fault::ConfigFault;

use super::super::error::{CapabilityError, OfKind};
use super::super::grant::{GrantScope, GrantTable, Marked, join, named_twice};

/// One work tree, where its commits may come from, and which refs may be resolved.
#[derive(Clone)]
pub struct GitGrant {
    /// The work tree's top.
    pub tree: PathBuf,
    /// Remotes as the plan writes them: names, URLs, paths.
    pub remotes: Vec<String>,
    /// Refs as the plan writes them. A commit that a pin names needs none.
    pub refs: Vec<String>,
    /// As whom the remotes are reached.
    pub auth: Auth,
}

pub(super) const KEYS: &[&str] = &["tree", "remotes", "refs", "auth"];
pub(super) const MARKERS: &[&str] = &["git-tree", "git-remote", "git-ref"];

impl GitGrant {
    /// As written under `grant.git`.
    pub(super) fn read(
        table: &GrantTable<'_>,
        scope: &GrantScope<'_>,
    ) -> Result<Self, ConfigFault> {
        let tree = table
            .text("tree")?
            .ok_or_else(|| table.missing("tree", "\"/srv/…\""))?
            .parse(scope.path)?;
        let reference = |text: &str| Ref::parse(text).map(|_| text.to_owned());
        Ok(Self {
            tree,
            remotes: table.parsed("remotes", scope.remote)?.unwrap_or_default(),
            refs: table.parsed("refs", reference)?.unwrap_or_default(),
            auth: match table.text("auth")? {
                None => Auth::Plain,
                Some(text) => text.parse(user)?,
            },
        })
    }

    /// One tree by the config, its remotes and refs; what is written for the same tree adds to it.
    pub(super) fn add_marked(
        grants: &mut Vec<Self>,
        marked: &[Marked],
        scope: &GrantScope<'_>,
    ) -> Result<(), ConfigFault> {
        let texts = |word| marked.iter().filter(move |it| it.marker == word);
        let names = |word| texts(word).map(|it| it.text.clone()).collect::<Vec<_>>();
        let (remotes, refs) = (names("git-remote"), names("git-ref"));
        let mut trees = texts("git-tree");
        let (tree, second) = (trees.next(), trees.next());
        if let Some(second) = second {
            return Err(named_twice("work tree", second));
        }
        let Some(tree) = tree else {
            let needs = marked
                .iter()
                .find(|it| ["git-remote", "git-ref"].contains(&it.marker));
            return needs.map_or(Ok(()), |needs| {
                let why = Diagnostic::new(
                    "grant.no-tree",
                    "there is no work tree that this could be of",
                )
                .help("name the tree in the config too");
                Err(ConfigFault::at_value(needs.pointer.as_str(), why))
            });
        };
        let path = (scope.path)(&tree.text)
            .map_err(|why| ConfigFault::at_value(tree.pointer.as_str(), why))?;
        match grants.iter_mut().find(|grant| grant.tree == path) {
            Some(grant) => {
                grant.remotes.extend(remotes);
                grant.refs.extend(refs);
            }
            None => grants.push(Self {
                tree: path,
                remotes,
                refs,
                auth: Auth::Plain,
            }),
        }
        Ok(())
    }
}

/// As `check` prints it.
impl fmt::Display for GitGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (refs, remotes) = (join(&self.refs), join(&self.remotes));
        write!(f, "move {} to {refs} of {remotes}", self.tree.display())
    }
}

fn user(text: &str) -> Result<Auth, Diagnostic> {
    match text {
        "user" => Ok(Auth::User),
        _ => Err(
            Diagnostic::new("grant.git-auth", "it is \"user\", or left out")
                .help("write \"user\": this user's own git and ssh set-up"),
        ),
    }
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
    pub fn parse(key: &str, known_hosts: &str) -> Result<Self, Diagnostic> {
        for path in [key, known_hosts] {
            let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
            if !path.starts_with('/') || !path.chars().all(plain) {
                let message = format!("`{}` cannot be given to ssh", shown(path));
                return Err(Diagnostic::new("git.ssh-path", message)
                    .help("an absolute path of letters, digits, `/`, `.`, `_`, `-`"));
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

fn denied(code: &'static str, message: String) -> CapabilityError {
    Diagnostic::new(code, message).denied()
}

/// The first grant that covers tree, remote and ref, where they are asked for.
pub(super) fn granted<'a>(
    grants: &'a [GitGrant],
    tree: &TreePath,
    remote: Option<&Remote>,
    reference: Option<&Ref>,
) -> Result<&'a GitGrant, CapabilityError> {
    let mut trees = grants
        .iter()
        .filter(|grant| grant.tree == tree.as_path())
        .peekable();
    if trees.peek().is_none() {
        let message = format!("the work tree `{tree}` is not granted to this step");
        return Err(denied("git.tree-not-granted", message));
    }
    let mut remotes = trees
        .filter(|grant| {
            remote.is_none_or(|remote| grant.remotes.iter().any(|r| r == remote.as_str()))
        })
        .peekable();
    if remotes.peek().is_none() {
        let remote = remote.map_or("", Remote::as_str);
        let message = format!("the remote `{remote}` is not granted to this step for `{tree}`");
        return Err(denied("git.remote-not-granted", message));
    }
    remotes
        .find(|grant| reference.is_none_or(|asked| grant.refs.iter().any(|r| r == asked.as_str())))
        .ok_or_else(|| {
            let asked = reference.map_or("", Ref::as_str);
            let message = format!("the ref `{asked}` is not granted to this step for `{tree}`");
            denied("git.ref-not-granted", message)
        })
}

#[cfg(test)]
mod tests;
