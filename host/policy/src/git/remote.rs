//! Where commits come from: a remote's name in a work tree, a URL, or a path.
//!
//! Git reads a good deal more than addresses out of what it is given as one (`ext::` runs a
//! program, a leading `-` is an option, here and again in ssh). So what is accepted is listed, and
//! all else is refused, by reason and without repeating what may be a password.

use crate::Diagnostic;
use std::path::PathBuf;

use url::{Host, Url};

use super::reference::shown;
use crate::text::is_control_or_bidi;

/// Longest remote, in bytes.
pub const LONGEST: usize = 2048;

/// A remote as it was written; `as_str` gives that text back.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Remote {
    text: String,
    kind: RemoteKind,
}

/// How a remote is reached.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RemoteKind {
    /// A remote's name in the work tree's own configuration.
    Name,
    /// `https://…`, or `http://…` to this very machine. `origin` is its scheme, host and port.
    Web { origin: String },
    /// `ssh://…` or `user@host:path`.
    Ssh,
    /// A repository on this machine, absolute.
    Local(PathBuf),
    /// A repository on this machine, relative to the work tree's top: `./…` or `../…`.
    Relative(PathBuf),
}

impl Remote {
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        let kind = kind(text)?;
        Ok(Self {
            text: text.to_owned(),
            kind,
        })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn kind(&self) -> &RemoteKind {
        &self.kind
    }
}

fn kind(text: &str) -> Result<RemoteKind, Diagnostic> {
    if text.is_empty() {
        return Err(refusal("a git remote is empty").help("write a remote's name, a URL or a path"));
    }
    if text.len() > LONGEST {
        return Err(refusal("a git remote is over 2048 bytes long"));
    }
    if text.contains(is_control_or_bidi) {
        return Err(refusal(
            "a git remote contains a line break or another control character",
        ));
    }
    if text.starts_with('-') {
        return Err(refusal(
            "a git remote begins with `-`, which git would read as an option",
        ));
    }
    if text.starts_with(['~', '$']) {
        return Err(
            refusal("a git remote begins with `~` or `$`, which are not expanded")
                .help("write the whole path"),
        );
    }
    let word = text
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(text.len());
    if text[word..].starts_with("::") {
        return Err(refusal(format!(
            "a git remote begins with `{}::`, which would run a program",
            &text[..word]
        ))
        .help("use https, ssh, a path or a remote's name"));
    }
    if text.starts_with('/') {
        return Ok(RemoteKind::Local(PathBuf::from(text)));
    }
    if text.starts_with("./") || text.starts_with("../") {
        return Ok(RemoteKind::Relative(PathBuf::from(text)));
    }
    if text.contains("://") {
        return address(text);
    }
    if let Some((left, path)) = text.split_once(':')
        && !left.contains('/')
    {
        return scp(left, path);
    }
    if text.len() <= 64 && plain(text, "._-") {
        return Ok(RemoteKind::Name);
    }
    Err(refusal(format!("`{}` is no git remote", shown(text)))
        .help("a remote's name, https://…, ssh://…, user@host:path, /path or ./path"))
}

fn refusal(message: impl Into<String>) -> Diagnostic {
    Diagnostic::new("git.remote", message)
}

/// A URL proper.
fn address(text: &str) -> Result<RemoteKind, Diagnostic> {
    // Never the parser's own words with the URL in them: it may hold a password.
    let url =
        Url::parse(text).map_err(|error| refusal(format!("a git remote is not a URL: {error}")))?;
    let scheme = url.scheme();
    if text.contains(' ') {
        return Err(refusal("a git remote's URL contains a space").help("write %20"));
    }
    let lower = text.to_ascii_lowercase();
    if ["%00", "%0a", "%0d"]
        .into_iter()
        .any(|code| lower.contains(code))
    {
        return Err(refusal(
            "a git remote's URL contains an encoded control character",
        ));
    }
    if url.password().is_some() || (scheme != "ssh" && !url.username().is_empty()) {
        return Err(refusal("a git remote's URL holds a user name or password")
            .help("leave it out and give the secret as `auth`"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refusal("a git remote's URL has `?` or `#`").help("leave them out"));
    }
    match scheme {
        "https" => Ok(RemoteKind::Web {
            origin: url.origin().ascii_serialization(),
        }),
        "http" if loopback(&url) => Ok(RemoteKind::Web {
            origin: url.origin().ascii_serialization(),
        }),
        "http" => Err(refusal(
            "a git remote is reached by http, which anyone on the way can change",
        )
        .help("use https")),
        "ssh" => {
            let host = url.host_str().unwrap_or_default();
            let user = url.username();
            if !host_name(host) || !(user.is_empty() || plain(user, "._-")) {
                return Err(
                    refusal("a git remote's ssh URL has no plain host or user name")
                        .help("write ssh://user@host/path"),
                );
            }
            if url.path().len() < 2 {
                return Err(refusal("a git remote's ssh URL has no path"));
            }
            Ok(RemoteKind::Ssh)
        }
        "file" if url.host().is_none() => match url.to_file_path() {
            Ok(path) => Ok(RemoteKind::Local(path)),
            Err(()) => Err(refusal("a git remote's file URL has no path")),
        },
        "file" => Err(refusal("a git remote's file URL names a host").help("file:///path")),
        _ => Err(
            refusal(format!("a git remote has the scheme `{}`", shown(scheme)))
                .help("use https, ssh or file"),
        ),
    }
}

/// `user@host:path`, as ssh's own copy program writes it.
fn scp(left: &str, path: &str) -> Result<RemoteKind, Diagnostic> {
    let (user, host) = match left.split_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, left),
    };
    if path.split('/').next().unwrap_or_default().contains('@') {
        return Err(refusal("a git remote holds a password")
            .help("leave it out and give the secret as `auth`"));
    }
    if user.is_some_and(|user| !plain(user, "._-")) || !host_name(host) {
        return Err(refusal("a git remote's host or user name is not plain").help("user@host:path"));
    }
    if path.is_empty() || path.starts_with('-') {
        return Err(
            refusal("a git remote has no path, or one that begins with `-`").help("user@host:path"),
        );
    }
    Ok(RemoteKind::Ssh)
}

/// A name for ssh's argument vector, or an address in brackets.
fn host_name(text: &str) -> bool {
    let address = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    match address {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => plain(text, "._-"),
    }
}

/// ASCII letters, digits and `more`, the first of them no sign.
fn plain(text: &str, more: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || more.contains(c))
}

fn loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests;
