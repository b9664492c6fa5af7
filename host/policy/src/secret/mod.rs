//! Secrets: used for plugins, never read by them.
//!
//! Owns the value and every rule about it: what may be one, the placeholder that a plugin sees in its
//! stead, where that is replaced, and the [`Redactor`] that keeps it out of every text. Reading it
//! from its source is an adapter's.

mod encodings;
mod error;
mod placeholder;
mod redactor;

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use url::Url;

pub use error::{SecretError, SecretErrorKind};
pub use placeholder::{fill_header, fill_url, find_key, mask_url};
pub use redactor::{Redactor, TooMany};

use crate::http::{Origin, Target};

/// Shortest value, in bytes: a shorter one would be guessed, and redacting it would mangle every text.
pub const SHORTEST: usize = 8;
/// Longest value, in bytes.
pub const LONGEST: usize = 64 * 1024;

/// What a secret is to those who use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretKind {
    /// A whole URL of its origin, like a webhook's: the path is what is secret.
    Url,
    /// What a header or a password prompt gets.
    Token,
    /// Signs requests, and is never sent itself.
    Key,
}

impl SecretKind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [Self; 3] = [Self::Url, Self::Token, Self::Key];

    /// The word of plans and of the journal.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Token => "token",
            Self::Key => "key",
        }
    }
}

/// Where a secret comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretSource {
    /// An environment variable of this process.
    Env(String),
    /// Absolute.
    File(PathBuf),
    /// A systemd credential: `$CREDENTIALS_DIRECTORY/<name>`.
    Credential(String),
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "environment variable {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Credential(name) => write!(f, "systemd credential {name}"),
        }
    }
}

/// A value that may go to one origin, and to no text.
///
/// Has no `Display` and no `Serialize`; `Debug` prints its name.
pub struct Secret {
    name: String,
    kind: SecretKind,
    origin: Origin,
    value: String,
    /// Of [`SecretKind::Url`]: the value, read.
    url: Option<Url>,
    /// Of this run, unguessable.
    marker: String,
}

impl Secret {
    /// The value is taken without the line ends that editors and `echo` put behind it.
    pub fn new(
        name: &str,
        kind: SecretKind,
        origin: Origin,
        value: &str,
    ) -> Result<Self, SecretError> {
        let refuse = |why| SecretError::new(name, why);
        let value = value.trim_end_matches(['\n', '\r']);
        match value.len() {
            0 => return Err(refuse(SecretErrorKind::Empty)),
            1..SHORTEST => return Err(refuse(SecretErrorKind::Short)),
            _ if value.len() > LONGEST => return Err(refuse(SecretErrorKind::Long)),
            _ if value.contains('\0') => return Err(refuse(SecretErrorKind::Nul)),
            _ => {}
        }
        let url = match kind {
            SecretKind::Token | SecretKind::Key => None,
            SecretKind::Url => Some(webhook(value, &origin).map_err(refuse)?),
        };
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|_| refuse(SecretErrorKind::NoRandomness))?;
        Ok(Self {
            name: name.to_owned(),
            kind,
            origin,
            value: value.to_owned(),
            url,
            marker: format!("s-{:032x}", u128::from_le_bytes(random)),
        })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn kind(&self) -> SecretKind {
        self.kind
    }

    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What a plugin's config has in its place: for a URL one of the same origin.
    pub fn placeholder(&self) -> String {
        match self.kind() {
            SecretKind::Url => format!("{}/{}", self.origin, self.marker),
            SecretKind::Token | SecretKind::Key => self.marker.clone(),
        }
    }

    /// What every text has in its place.
    pub fn mask(&self) -> String {
        format!("[secret {}]", self.name)
    }

    /// The value itself, for what sends it to its origin.
    pub fn expose(&self) -> &str {
        &self.value
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.name)
    }
}

/// A URL of that origin that has something secret in it.
fn webhook(value: &str, origin: &Origin) -> Result<Url, SecretErrorKind> {
    let target = Target::parse(value).map_err(SecretErrorKind::NoUrl)?;
    if target.origin() != origin {
        return Err(SecretErrorKind::OtherOrigin(origin.clone()));
    }
    let url = target.url();
    let segments: Vec<&str> = url.path_segments().into_iter().flatten().collect();
    let discord = url.domain().is_some_and(|host| {
        ["discord.com", "discordapp.com"].contains(&host) || host.ends_with(".discord.com")
    });
    if discord && segments.starts_with(&["api", "webhooks"]) && !is_discord(&segments[2..]) {
        return Err(SecretErrorKind::Truncated);
    }
    let secret = encodings::secret_parts(url);
    if secret.is_empty() {
        return Err(SecretErrorKind::NothingSecret);
    }
    Ok(url.clone())
}

/// `<id>/<token>`; tokens have 68 characters.
fn is_discord(segments: &[&str]) -> bool {
    let [id, token, ..] = segments else {
        return false;
    };
    let is_id = !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
    is_id && token.len() >= 60
}

#[cfg(test)]
mod tests;
