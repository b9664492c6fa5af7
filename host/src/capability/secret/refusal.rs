//! Why a declared secret cannot be used: by its name and its place, never its value.

use std::fmt;

use super::super::http::{Malformed, Origin};
use super::Source;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
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
    NoUrl(Malformed),
    OtherOrigin(Origin),
    /// A URL without a long segment or query value: anybody could guess it.
    NothingSecret,
    /// A Discord webhook without its whole token.
    Truncated,
    /// The system gave no random bytes for the placeholder.
    NoRandomness,
}

/// Reads `what — where — what to do`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The secret's name in the plan.
    pub secret: String,
    pub source: Option<Source>,
    pub why: Why,
}

impl Refusal {
    pub fn new(secret: &str, why: Why) -> Self {
        Self {
            secret: secret.to_owned(),
            source: None,
            why,
        }
    }

    pub fn from(mut self, source: &Source) -> Self {
        self.source = Some(source.clone());
        self
    }

    pub fn what(&self) -> String {
        let secret = format!("the secret {}", self.secret);
        match &self.why {
            Why::Missing => format!("{secret} is not there"),
            Why::NoCredentials => format!("{secret} is a credential, and systemd passed none"),
            Why::BadName => format!("{secret} has a credential's name that is a path"),
            Why::NotAFile => format!("{secret} is not a regular file"),
            Why::Exposed(mode) => format!("{secret} can be read by others (mode {mode:04o})"),
            Why::Unreadable(kind) => format!("{secret} cannot be read: {kind}"),
            Why::NotText => format!("{secret} is not UTF-8 text"),
            Why::Empty => format!("{secret} is empty"),
            Why::Short => format!("{secret} is under {} bytes", super::SHORTEST),
            Why::Long => format!("{secret} is over {} KiB", super::LONGEST / 1024),
            Why::Nul => format!("{secret} holds a NUL byte"),
            Why::NoUrl(malformed) => format!("{secret} cannot be used: {}", malformed.what()),
            Why::OtherOrigin(origin) => format!("{secret} is not a URL of its origin {origin}"),
            Why::NothingSecret => format!("{secret} is a URL with nothing secret in it"),
            Why::Truncated => format!("{secret} is not a whole Discord webhook URL"),
            Why::NoRandomness => format!("{secret} got no placeholder: no random bytes"),
        }
    }

    pub fn cure(&self) -> &'static str {
        match &self.why {
            Why::Missing => "set or create it",
            Why::NoCredentials => "start with systemd's LoadCredential=, or use env or file",
            Why::BadName => "name just the credential",
            Why::NotAFile => "name the file itself",
            Why::Exposed(_) => "chmod 600 it, and replace the secret if others may have read it",
            Why::Unreadable(_) => "let this user read it",
            Why::NotText | Why::Nul => "store it as plain text",
            Why::Empty | Why::Short | Why::Long => "give the whole value, and only that",
            Why::NoUrl(malformed) => malformed.cure(),
            Why::OtherOrigin(_) => "correct the URL, or the plan's origin",
            Why::NothingSecret => "copy the whole URL",
            Why::Truncated => "copy it again: …/api/webhooks/<id>/<token>",
            Why::NoRandomness => "report the machine",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what())?;
        if let Some(source) = &self.source {
            write!(f, " — {source}")?;
        }
        write!(f, " — {}", self.cure())
    }
}

impl std::error::Error for Refusal {}
