//! Why a declared secret cannot be used: by its name and its place, never its value.

use std::fmt;

use super::SecretSource;
use crate::http::{Origin, OriginError};
use crate::{Diagnostic, Location};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretErrorKind {
    /// No such variable, file or credential.
    Missing,
    /// Started without `$CREDENTIALS_DIRECTORY`.
    NoCredentials,
    /// The credential's name leads elsewhere than into the folder of credentials.
    BadName,
    /// A folder, a pipe, a device, a symlink.
    NotAFile,
    /// Others than its owner may read the file; its mode.
    Exposed(u32),
    /// The system's word for why it cannot be read.
    Unreadable(std::io::ErrorKind),
    NotText,
    Empty,
    Short,
    Long,
    Nul,
    NoUrl(OriginError),
    OtherOrigin(Origin),
    /// A URL without a long segment or query value: anybody could guess it.
    NothingSecret,
    /// A Discord webhook without its whole token.
    Truncated,
    /// The system gave no random bytes for the placeholder.
    NoRandomness,
}

/// A secret that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretError {
    /// The secret's name in the plan.
    pub secret: String,
    pub source: Option<SecretSource>,
    pub why: SecretErrorKind,
}

impl SecretError {
    pub fn new(secret: &str, why: SecretErrorKind) -> Self {
        Self {
            secret: secret.to_owned(),
            source: None,
            why,
        }
    }

    pub fn from(mut self, source: &SecretSource) -> Self {
        self.source = Some(source.clone());
        self
    }

    fn message(&self) -> String {
        let secret = format!("the secret {}", self.secret);
        match &self.why {
            SecretErrorKind::Missing => format!("{secret} is not there"),
            SecretErrorKind::NoCredentials => {
                format!("{secret} is a credential, and systemd passed none")
            }
            SecretErrorKind::BadName => format!("{secret} has a credential's name that is a path"),
            SecretErrorKind::NotAFile => format!("{secret} is not a regular file"),
            SecretErrorKind::Exposed(mode) => {
                format!("{secret} can be read by others (mode {mode:04o})")
            }
            SecretErrorKind::Unreadable(kind) => format!("{secret} cannot be read: {kind}"),
            SecretErrorKind::NotText => format!("{secret} is not UTF-8 text"),
            SecretErrorKind::Empty => format!("{secret} is empty"),
            SecretErrorKind::Short => format!("{secret} is under {} bytes", super::SHORTEST),
            SecretErrorKind::Long => format!("{secret} is over {} KiB", super::LONGEST / 1024),
            SecretErrorKind::Nul => format!("{secret} holds a NUL byte"),
            SecretErrorKind::NoUrl(malformed) => {
                format!("{secret} cannot be used: {malformed}")
            }
            SecretErrorKind::OtherOrigin(origin) => {
                format!("{secret} is not a URL of its origin {origin}")
            }
            SecretErrorKind::NothingSecret => {
                format!("{secret} is a URL with nothing secret in it")
            }
            SecretErrorKind::Truncated => format!("{secret} is not a whole Discord webhook URL"),
            SecretErrorKind::NoRandomness => {
                format!("{secret} got no placeholder: no random bytes")
            }
        }
    }

    fn help(&self) -> String {
        let help = match &self.why {
            SecretErrorKind::Missing => "set or create it",
            SecretErrorKind::NoCredentials => {
                "start with systemd's LoadCredential=, or use env or file"
            }
            SecretErrorKind::BadName => "name just the credential",
            SecretErrorKind::NotAFile => "name the file itself",
            SecretErrorKind::Exposed(_) => {
                "chmod 600 it, and replace the secret if others may have read it"
            }
            SecretErrorKind::Unreadable(_) => "let this user read it",
            SecretErrorKind::NotText | SecretErrorKind::Nul => "store it as plain text",
            SecretErrorKind::Empty | SecretErrorKind::Short | SecretErrorKind::Long => {
                "give the whole value, and only that"
            }
            SecretErrorKind::NoUrl(malformed) => {
                return Diagnostic::from(*malformed).help.unwrap_or_default();
            }
            SecretErrorKind::OtherOrigin(_) => "correct the URL, or the plan's origin",
            SecretErrorKind::NothingSecret => "copy the whole URL",
            SecretErrorKind::Truncated => "copy it again: …/api/webhooks/<id>/<token>",
            SecretErrorKind::NoRandomness => "report the machine",
        };
        help.to_owned()
    }
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for SecretError {}

impl From<SecretError> for Diagnostic {
    fn from(error: SecretError) -> Self {
        let diagnostic = Self::new("secret.unusable", error.message())
            .help(error.help())
            .parameter("secret", error.secret.as_str());
        match &error.source {
            Some(source) => diagnostic.at(Location::named(source.to_string())),
            None => diagnostic,
        }
    }
}
