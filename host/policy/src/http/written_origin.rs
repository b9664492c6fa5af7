//! Which server an address leads to, as a plan writes it.
//!
//! The `http` capability decides what is an origin or an address; a plan is held to more, since
//! people read it: the origin stands there as it is read.

use std::net::IpAddr;

use url::Url;

use super::{AddressKind, Origin, OriginError, Target};
use crate::Diagnostic;

/// Scheme, host and port, and whether the host is written as one of this machine or its network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenOrigin {
    pub origin: Origin,
    /// As browsers write it: `https://example.com`, `http://127.0.0.1:8080`.
    pub text: String,
    pub https: bool,
    /// `localhost`, or a loopback or private address.
    pub private: bool,
    /// `localhost`, or a loopback address.
    pub loopback: bool,
}

impl WrittenOrigin {
    /// The origin itself, with nothing behind it.
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        let origin = Self::of_url(text)?;
        if Origin::parse(text) == Err(OriginError::MoreThanOrigin) {
            let diagnostic = Diagnostic::new(
                "plan.origin",
                "an origin has nothing behind its host and port",
            );
            return Err(diagnostic.help(format!("write {}", origin.text)));
        }
        Ok(origin)
    }

    /// The origin of an address. The address itself is never repeated: it may be a secret.
    pub fn of_url(text: &str) -> Result<Self, Diagnostic> {
        let target = Target::parse(text).map_err(|malformed| explain(text, malformed))?;
        let origin = target.origin();
        let read = origin.to_string();
        if !text.starts_with(&read) {
            return Err(refuse_spelling(&read));
        }
        let link_local = origin.address().is_some_and(|address| match address {
            IpAddr::V4(ip) => ip.is_link_local(),
            IpAddr::V6(ip) => ip.is_unicast_link_local(),
        });
        if link_local {
            let diagnostic =
                Diagnostic::new("plan.origin", format!("{read} is a link-local address"));
            return Err(diagnostic.help("name a host that others know by that name or address"));
        }
        let kind = origin.kind();
        Ok(Self {
            origin: origin.clone(),
            text: read,
            https: origin.is_https(),
            private: matches!(kind, Some(AddressKind::Loopback | AddressKind::Private)),
            loopback: kind == Some(AddressKind::Loopback),
        })
    }
}

fn explain(text: &str, malformed: OriginError) -> Diagnostic {
    if matches!(malformed, OriginError::Spelling | OriginError::NotAscii)
        && let Ok(url) = Url::parse(text)
        && let read = url.origin().ascii_serialization()
        && !text.starts_with(&read)
    {
        return refuse_spelling(&read);
    }
    malformed.into()
}

/// Another spelling shows people another host.
fn refuse_spelling(read: &str) -> Diagnostic {
    Diagnostic::new(
        "plan.origin-spelling",
        format!("this is read as {read}, and written otherwise"),
    )
    .help(format!("write {read}"))
}

#[cfg(test)]
mod tests;
