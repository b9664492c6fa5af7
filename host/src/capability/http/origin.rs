//! Where a request goes: an origin, exactly, and the URLs below it.
//!
//! One parser decides, `url::Url`, and it is checked against the text as written: a host that it had
//! to change (other than to lower case) is refused, since another reader of the same text may see
//! another host. Errors never repeat the text, which may hold a secret.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

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

    pub fn what(self) -> &'static str {
        self.words().0
    }

    pub fn cure(self) -> &'static str {
        self.words().1
    }
}

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} — {}", self.what(), self.cure())
    }
}

impl std::error::Error for OriginError {}

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
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_read_exactly() {
        let table = [
            ("https://discord.com", "https://discord.com"),
            ("https://discord.com:443", "https://discord.com"),
            ("https://discord.com:8443", "https://discord.com:8443"),
            ("http://good.example", "http://good.example"),
            ("http://good.example:80", "http://good.example"),
            ("http://good.example:443", "http://good.example:443"),
            ("HTTPS://GOOD.Example", "https://good.example"),
            ("http://localhost:8501", "http://localhost:8501"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://10.0.0.5", "http://10.0.0.5"),
            ("http://[::1]:9", "http://[::1]:9"),
            ("http://[FD00::5]", "http://[fd00::5]"),
            (
                "http://my_service.internal-1:65535",
                "http://my_service.internal-1:65535",
            ),
            (
                "https://xn--mller-kva.example",
                "https://xn--mller-kva.example",
            ),
        ];
        for (text, shown) in table {
            assert_eq!(Origin::parse(text).unwrap().to_string(), shown, "{text}");
        }
    }

    #[test]
    fn origins_differ_by_scheme_host_and_port() {
        let origin = |text| Origin::parse(text).unwrap();
        let good = origin("https://good.example");
        assert_eq!(good, origin("https://GOOD.EXAMPLE:443"));
        for other in [
            "http://good.example",
            "http://good.example:443",
            "https://good.example:444",
            "https://www.good.example",
            "https://good.example.evil",
            "https://g00d.example",
        ] {
            assert_ne!(good, origin(other), "{other}");
        }
    }

    /// Each is refused as an origin and as a URL.
    const REFUSED: &[(&str, OriginError)] = &[
        ("", OriginError::NotAbsolute),
        ("good.example", OriginError::NotAbsolute),
        ("//good.example", OriginError::NotAbsolute),
        ("/path", OriginError::NotAbsolute),
        ("http:good.example", OriginError::NotAbsolute),
        ("http:/good.example", OriginError::NotAbsolute),
        ("good.example:443", OriginError::Scheme),
        ("file:///etc/passwd", OriginError::Scheme),
        ("file:", OriginError::Scheme),
        ("gopher://good.example", OriginError::Scheme),
        ("ftp://good.example", OriginError::Scheme),
        ("ws://good.example", OriginError::Scheme),
        ("unix:/var/run/docker.sock", OriginError::Scheme),
        ("http+unix://good.example", OriginError::Scheme),
        ("data:text/plain,x", OriginError::Scheme),
        ("javascript:alert(1)", OriginError::Scheme),
        ("http://", OriginError::NoHost),
        ("http:///etc/passwd", OriginError::NoHost),
        ("http:////good.example", OriginError::NoHost),
        ("http://?x", OriginError::NoHost),
        ("http://:80", OriginError::NoHost),
        ("https://user@good.example", OriginError::Userinfo),
        ("https://user:token@good.example", OriginError::Userinfo),
        ("https://@good.example", OriginError::Userinfo),
        ("https://good.example@evil.example", OriginError::Userinfo),
        ("https://good.example%40evil.example", OriginError::Spelling),
        (
            "https://good.example\\@evil.example",
            OriginError::Backslash,
        ),
        ("https:\\\\good.example", OriginError::Backslash),
        (
            "https://good.example\\.evil.example",
            OriginError::Backslash,
        ),
        ("https://*.good.example", OriginError::Wildcard),
        ("https://*", OriginError::Wildcard),
        ("https://good.example.", OriginError::TrailingDot),
        ("https://GOOD.EXAMPLE.", OriginError::TrailingDot),
        ("http://localhost.", OriginError::TrailingDot),
        ("http://127.0.0.1.", OriginError::TrailingDot),
        ("http://.", OriginError::TrailingDot),
        ("http://①②⑦.0.0.1", OriginError::NotAscii),
        ("http://127。0。0。1", OriginError::NotAscii),
        ("http://127.0.0.1。", OriginError::NotAscii),
        ("https://ｇood.example", OriginError::NotAscii),
        ("https://gооd.example", OriginError::NotAscii),
        ("https://müller.example", OriginError::NotAscii),
        ("https://good\u{ad}.example", OriginError::NotAscii),
        ("http://127.1", OriginError::Spelling),
        ("http://127.0.1", OriginError::Spelling),
        ("http://2130706433", OriginError::Spelling),
        ("http://0x7f000001", OriginError::Spelling),
        ("http://0x7f.1", OriginError::Spelling),
        ("http://0177.0.0.1", OriginError::Spelling),
        ("http://127.000.000.001", OriginError::Spelling),
        ("http://0", OriginError::Address),
        ("http://[::ffff:127.0.0.1]", OriginError::Address),
        ("http://[0:0:0:0:0:0:0:1]", OriginError::Spelling),
        ("http://[::0001]", OriginError::Spelling),
        ("http://[::127.0.0.1]", OriginError::Address),
        ("http://good%2eexample", OriginError::Spelling),
        ("http://good.example%00.evil.example", OriginError::Spelling),
        ("http://good.example%0d%0a", OriginError::Spelling),
        ("http://[fe80::1%25eth0]", OriginError::Unreadable),
        ("http://good..example", OriginError::Spelling),
        ("http://.good.example", OriginError::Spelling),
        ("http://good.example,evil.example", OriginError::Spelling),
        ("http://good.example;evil", OriginError::Spelling),
        ("http://${HOST}", OriginError::Spelling),
        ("http://good.example|evil", OriginError::Spelling),
        ("http://256.0.0.1", OriginError::Unreadable),
        ("http://1.2.3.4.5", OriginError::Unreadable),
        ("http://[::1", OriginError::Port),
        ("http://[::1]evil.example", OriginError::Spelling),
        ("http://[::1].evil.example", OriginError::Spelling),
        ("http://::1", OriginError::Port),
        ("http://[]", OriginError::Unreadable),
        ("http://[::ffff:7f00:1]", OriginError::Address),
        ("http://[::7f00:1]", OriginError::Address),
        ("http://[64:ff9b::7f00:1]", OriginError::Address),
        ("http://[2002:7f00:1::]", OriginError::Address),
        ("http://[::]", OriginError::Address),
        ("http://0.0.0.0", OriginError::Address),
        ("http://224.0.0.1", OriginError::Address),
        ("http://255.255.255.255", OriginError::Address),
        ("http://good.example:", OriginError::Port),
        ("http://good.example:0", OriginError::Port),
        ("http://good.example:080", OriginError::Port),
        ("http://good.example:+80", OriginError::Port),
        ("http://good.example:-1", OriginError::Port),
        ("http://good.example:65536", OriginError::Port),
        ("http://good.example:443:80", OriginError::Port),
        ("http://good.example:http", OriginError::Port),
        ("http://[::1]:", OriginError::Port),
        ("http://good.exam\tple", OriginError::Invisible),
        ("http://good.example\n", OriginError::Invisible),
        ("http://good.example\r\nHost: evil", OriginError::Invisible),
        ("\thttp://good.example", OriginError::Invisible),
        (" http://good.example", OriginError::Invisible),
        ("ht\ntp://good.example", OriginError::Invisible),
        ("http://good.example\0", OriginError::Invisible),
        ("http://good.example\u{7f}", OriginError::Invisible),
        ("http://good.example\u{2028}", OriginError::Invisible),
        ("http://good.example\u{a0}", OriginError::Invisible),
    ];

    #[test]
    fn what_could_be_read_two_ways_is_refused() {
        for (text, reason) in REFUSED {
            assert_eq!(Origin::parse(text), Err(*reason), "{text:?}");
            assert_eq!(Target::parse(text), Err(*reason), "{text:?}");
        }
        let long = format!("http://good.example/{}", "x".repeat(LONGEST));
        assert_eq!(Target::parse(&long), Err(OriginError::TooLong));
        let label = format!("http://{}.example", "x".repeat(64));
        assert_eq!(Origin::parse(&label), Err(OriginError::Spelling));
    }

    #[test]
    fn an_origin_ends_after_its_authority() {
        for text in [
            "https://good.example/",
            "https://good.example/api",
            "https://good.example?x",
            "https://good.example#x",
            "https://good.example:443/",
            "https://good.example/https://evil.example",
        ] {
            assert_eq!(
                Origin::parse(text),
                Err(OriginError::MoreThanOrigin),
                "{text}"
            );
            assert!(Target::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_url_goes_to_the_origin_it_shows() {
        let table = [
            ("https://good.example/a?b=c#d", "https://good.example/a?b=c"),
            ("https://GOOD.example", "https://good.example/"),
            (
                "https://good.example/http://evil.example/",
                "https://good.example/http://evil.example/",
            ),
            (
                "https://good.example//evil.example/",
                "https://good.example//evil.example/",
            ),
            (
                "https://good.example/@evil.example",
                "https://good.example/@evil.example",
            ),
            (
                "https://good.example?@evil.example",
                "https://good.example/?@evil.example",
            ),
            (
                "https://good.example#@evil.example",
                "https://good.example/",
            ),
            ("https://good.example/a/../../b", "https://good.example/b"),
            ("https://good.example/%2e%2e/b", "https://good.example/b"),
            (
                "https://good.example/%0d%0aX:y",
                "https://good.example/%0d%0aX:y",
            ),
            (
                "https://good.example/café",
                "https://good.example/caf%C3%A9",
            ),
        ];
        for (text, sent) in table {
            let target = Target::parse(text).unwrap();
            assert_eq!(target.url().as_str(), sent, "{text}");
            assert_eq!(
                target.origin(),
                &Origin::parse("https://good.example").unwrap()
            );
        }
        let evil = Target::parse("https://evil.example#good.example").unwrap();
        assert_eq!(evil.origin().to_string(), "https://evil.example");
    }

    #[test]
    fn an_address_written_plainly_reaches_itself() {
        let policy = |text, private| Origin::parse(text).unwrap().policy(private);
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(
            policy("http://127.0.0.1", false),
            AddressPolicy::Only(ip("127.0.0.1"))
        );
        assert_eq!(
            policy("http://10.0.0.5", true),
            AddressPolicy::Only(ip("10.0.0.5"))
        );
        assert_eq!(
            policy("http://[::1]", false),
            AddressPolicy::Only(ip("::1"))
        );
        assert_eq!(policy("http://LOCALHOST", true), AddressPolicy::Loopback);
        assert_eq!(policy("http://a.localhost", false), AddressPolicy::Public);
        assert_eq!(policy("http://good.example", false), AddressPolicy::Public);
        assert_eq!(policy("http://good.example", true), AddressPolicy::Private);
    }

    #[test]
    fn errors_and_debug_hold_nothing_of_the_text() {
        let text = "https://user:canary-of-mine@good.example/x";
        assert!(
            !Target::parse(text)
                .unwrap_err()
                .to_string()
                .contains("canary")
        );
        let target = Target::parse("https://good.example/canary-of-mine?canary").unwrap();
        assert_eq!(format!("{target:?}"), "Target(https://good.example/…)");
    }
}
