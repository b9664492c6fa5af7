//! Where a request goes: an origin, exactly, and the URLs below it.
//!
//! One parser decides, `url::Url`, and it is checked against the text as written: a host that it had
//! to change (other than to lower case) is refused, since another reader of the same text may see
//! another host. Errors never repeat the text, which may hold a secret.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

use crate::Diagnostic;

use super::address::{AddressKind, AddressPolicy};

/// Longest URL, in bytes.
pub const LONGEST: usize = 8 * 1024;

/// Why a text is no origin or URL that a plan or a plugin may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OriginError {
    TooLong,
    Invisible,
    NotAbsolute,
    Scheme,
    NoHost,
    Userinfo,
    Backslash,
    Wildcard,
    TrailingDot,
    NotAscii,
    Spelling,
    Address,
    Port,
    MoreThanOrigin,
    Unreadable,
}

impl OriginError {
    /// The text could be meant to look like a granted host: no grant covers it.
    pub fn hides_its_host(self) -> bool {
        !matches!(
            self,
            Self::TooLong | Self::Invisible | Self::NotAbsolute | Self::NoHost | Self::Unreadable
        )
    }

    /// What is wrong, and what to do.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::TooLong => ("the URL is over 8 KiB", "shorten it"),
            Self::Invisible => (
                "the URL holds a space, a tab, a line break or a control character",
                "remove it, or percent-encode it",
            ),
            Self::NotAbsolute => ("the URL is not absolute", "begin it with https://"),
            Self::Scheme => (
                "the URL is neither http nor https",
                "begin it with https://",
            ),
            Self::NoHost => ("the URL has no host", "name one after ://"),
            Self::Userinfo => (
                "the URL has a user or password before its host",
                "put credentials into a secret and send them in a header",
            ),
            Self::Backslash => ("the URL holds a backslash", "write / or %5C"),
            Self::Wildcard => ("the URL has a wildcard in its host", "name each host"),
            Self::TrailingDot => ("the URL's host ends with a dot", "leave the dot out"),
            Self::NotAscii => (
                "the URL's host is not plain ASCII",
                "write the name as DNS has it, xn--…",
            ),
            Self::Spelling => (
                "the URL's host is not written plainly",
                "write the name, or an address like 10.0.0.5 or [fd00::5]",
            ),
            Self::Address => (
                "the URL's address is unspecified, multicast or IPv4 inside IPv6",
                "write the address of one machine",
            ),
            Self::Port => (
                "the URL's port is not a number from 1 to 65535",
                "write it without sign or leading zero",
            ),
            Self::MoreThanOrigin => (
                "the origin has a path, a query or a fragment",
                "end it after the host or port",
            ),
            Self::Unreadable => ("the URL cannot be read", "check its spelling"),
        }
    }
}

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().0)
    }
}

impl std::error::Error for OriginError {}

impl From<OriginError> for Diagnostic {
    fn from(error: OriginError) -> Self {
        let (message, help) = error.words();
        Self::new("http.origin", message).help(help)
    }
}

/// Scheme, host and port. Two origins are the same only if all three are.
///
/// Prints as a browser writes it: lower case, without the scheme's own port.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    https: bool,
    host: Host<String>,
    port: u16,
}

impl Origin {
    /// `https://example.org` or `http://10.0.0.5:8080`, and nothing after it.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let (url, authority_end) = read(text)?;
        if authority_end != text.len() {
            return Err(OriginError::MoreThanOrigin);
        }
        Self::of(&url)
    }

    fn of(url: &Url) -> Result<Self, OriginError> {
        Ok(Self {
            https: url.scheme() == "https",
            host: url.host().ok_or(OriginError::NoHost)?.to_owned(),
            port: url.port_or_known_default().ok_or(OriginError::Port)?,
        })
    }

    /// Not plain http.
    pub fn is_https(&self) -> bool {
        self.https
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// None: the host is a name.
    pub fn address(&self) -> Option<IpAddr> {
        match &self.host {
            Host::Ipv4(ip) => Some(IpAddr::V4(*ip)),
            Host::Ipv6(ip) => Some(IpAddr::V6(*ip)),
            Host::Domain(_) => None,
        }
    }

    /// What the host says of itself: a name other than `localhost` says nothing.
    pub fn kind(&self) -> Option<AddressKind> {
        match &self.host {
            Host::Domain(name) => (name == "localhost").then_some(AddressKind::Loopback),
            _ => self.address().map(AddressKind::of),
        }
    }

    /// The addresses that it may lead to under a grant that says `private` or does not.
    pub fn policy(&self, private: bool) -> AddressPolicy {
        match &self.host {
            Host::Ipv4(ip) => AddressPolicy::Only(IpAddr::V4(*ip)),
            Host::Ipv6(ip) => AddressPolicy::Only(IpAddr::V6(*ip)),
            Host::Domain(name) if name == "localhost" => AddressPolicy::Loopback,
            Host::Domain(_) if private => AddressPolicy::Private,
            Host::Domain(_) => AddressPolicy::Public,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, known) = if self.https {
            ("https", 443)
        } else {
            ("http", 80)
        };
        write!(f, "{scheme}://{}", self.host)?;
        if self.port != known {
            write!(f, ":{}", self.port)?;
        }
        Ok(())
    }
}

/// A request's URL, and the origin that it goes to.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    origin: Origin,
    url: Url,
}

impl Target {
    /// An absolute http or https URL; a fragment is dropped, since it is never sent.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let (mut url, _) = read(text)?;
        url.set_fragment(None);
        Ok(Self {
            origin: Origin::of(&url)?,
            url,
        })
    }

    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    pub fn url(&self) -> &Url {
        &self.url
    }
}

/// Prints the origin: the rest of a URL may be a secret.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({}/…)", self.origin)
    }
}

/// The URL, and where in the text its authority ends.
fn read(text: &str) -> Result<(Url, usize), OriginError> {
    if text.len() > LONGEST {
        return Err(OriginError::TooLong);
    }
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(OriginError::Invisible);
    }
    if text.contains('\\') {
        return Err(OriginError::Backslash);
    }
    let Some((scheme, rest)) = text.split_once(':') else {
        return Err(OriginError::NotAbsolute);
    };
    if !["http", "https"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
    {
        return Err(OriginError::Scheme);
    }
    let rest = rest.strip_prefix("//").ok_or(OriginError::NotAbsolute)?;
    let length = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let host = plain_host(&rest[..length])?;
    let url = Url::parse(text).map_err(|_| OriginError::Unreadable)?;
    let address = match url.host() {
        Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
        _ => None,
    };
    if address.is_some_and(|ip| AddressKind::of(ip) == AddressKind::Forbidden) {
        return Err(OriginError::Address);
    }
    if url.host_str() != Some(host.to_ascii_lowercase().as_str()) {
        return Err(OriginError::Spelling);
    }
    Ok((url, text.len() - rest.len() + length))
}

/// The host of an authority as written, brackets included.
fn plain_host(authority: &str) -> Result<&str, OriginError> {
    if authority.is_empty() {
        return Err(OriginError::NoHost);
    }
    if authority.contains('@') {
        return Err(OriginError::Userinfo);
    }
    if !authority.is_ascii() {
        return Err(OriginError::NotAscii);
    }
    let bracket = authority.rfind(']').map_or(0, |at| at + 1);
    let (host, port) = match authority[bracket..].split_once(':') {
        Some((name, port)) => (&authority[..bracket + name.len()], Some(port)),
        None => (authority, None),
    };
    if let Some(port) = port {
        let plain = port.bytes().all(|b| b.is_ascii_digit()) && !port.starts_with('0');
        if !plain || port.parse::<u16>().is_err() {
            return Err(OriginError::Port);
        }
    }
    match host {
        "" => Err(OriginError::NoHost),
        _ if host.contains('*') => Err(OriginError::Wildcard),
        _ if host.ends_with('.') => Err(OriginError::TrailingDot),
        _ if host.starts_with('[') && host.ends_with(']') => Ok(host),
        _ if is_name(host) => Ok(host),
        _ => Err(OriginError::Spelling),
    }
}

/// A DNS name or a dotted address: labels of letters, digits, `-` and `_`.
fn is_name(host: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    host.len() <= 253 && host.split('.').all(label)
}

#[cfg(test)]
mod tests;
