//! Which server an address leads to, as a plan writes it.
//!
//! The `http` capability decides what is an origin or an address; a plan is held to more, since
//! people read it: the origin stands there as it is read.

use std::net::IpAddr;

use url::Url;

use super::problem::Refusal;
use crate::capability::http::{self, AddressKind, OriginError, Target};

/// Scheme, host and port, and whether the host is written as one of this machine or its network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// As browsers write it: `https://example.com`, `http://127.0.0.1:8080`.
    pub text: String,
    pub https: bool,
    /// `localhost`, or a loopback or private address.
    pub private: bool,
    /// `localhost`, or a loopback address.
    pub loopback: bool,
}

impl Origin {
    /// The origin itself, with nothing behind it.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let origin = Self::of_url(text)?;
        if http::Origin::parse(text) == Err(OriginError::MoreThanOrigin) {
            let refusal = Refusal::new("an origin has nothing behind its host and port");
            return Err(refusal.cure(format!("write {}", origin.text)));
        }
        Ok(origin)
    }

    /// The origin of an address. The address itself is never repeated: it may be a secret.
    pub fn of_url(text: &str) -> Result<Self, Refusal> {
        let target = Target::parse(text).map_err(|malformed| refused(text, malformed))?;
        let origin = target.origin();
        let read = origin.to_string();
        if !text.starts_with(&read) {
            return Err(otherwise(&read));
        }
        let link_local = origin.address().is_some_and(|address| match address {
            IpAddr::V4(ip) => ip.is_link_local(),
            IpAddr::V6(ip) => ip.is_unicast_link_local(),
        });
        if link_local {
            let refusal = Refusal::new(format!("{read} is a link-local address"));
            return Err(refusal.cure("name a host that others know by that name or address"));
        }
        let kind = origin.kind();
        Ok(Self {
            text: read,
            https: origin.is_https(),
            private: matches!(kind, Some(AddressKind::Loopback | AddressKind::Private)),
            loopback: kind == Some(AddressKind::Loopback),
        })
    }
}

fn refused(text: &str, malformed: OriginError) -> Refusal {
    if matches!(malformed, OriginError::Spelling | OriginError::NotAscii)
        && let Ok(url) = Url::parse(text)
        && let read = url.origin().ascii_serialization()
        && !text.starts_with(&read)
    {
        return otherwise(&read);
    }
    Refusal::new(malformed.what()).cure(malformed.cure())
}

/// Another spelling shows people another host.
fn otherwise(read: &str) -> Refusal {
    Refusal::new(format!("this is read as {read}, and written otherwise"))
        .cure(format!("write {read}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn plain_addresses() {
        for (url, text, private, loopback) in [
            ("https://example.com", "https://example.com", false, false),
            (
                "https://example.com:443/a?b#c",
                "https://example.com",
                false,
                false,
            ),
            (
                "http://example.com:8080/",
                "http://example.com:8080",
                false,
                false,
            ),
            (
                "http://127.0.0.1:8080/x",
                "http://127.0.0.1:8080",
                true,
                true,
            ),
            ("http://localhost", "http://localhost", true, true),
            ("http://10.0.0.5", "http://10.0.0.5", true, false),
            ("http://192.168.1.2", "http://192.168.1.2", true, false),
            ("http://[::1]:80/", "http://[::1]", true, true),
            ("http://[fd00::1]", "http://[fd00::1]", true, false),
            ("http://8.8.8.8", "http://8.8.8.8", false, false),
            (
                "https://xn--bcher-kva.example",
                "https://xn--bcher-kva.example",
                false,
                false,
            ),
        ] {
            let origin = Origin::of_url(url).unwrap();
            assert_eq!(
                (origin.text.as_str(), origin.private, origin.loopback),
                (text, private, loopback),
                "{url}"
            );
        }
    }

    #[test]
    fn odd_addresses() {
        for url in [
            "",
            "example.com",
            "file:///etc/passwd",
            "gopher://x",
            "HTTPS://example.com",
            "http:///x",
            "https://",
            "http://u@example.com",
            "http://u:p@example.com",
            "http://good.example\\@evil.example",
            "http://127.1",
            "http://2130706433",
            "http://0x7f.0.0.1",
            "http://0177.0.0.1",
            "http://[::ffff:127.0.0.1]",
            "http://[::ffff:7f00:1]",
            "http://[::127.0.0.1]",
            "http://①②⑦.0.0.1",
            "http://good%2eexample",
            "http://a.example\t",
            "http://a.\nexample",
            "http://GOOD.example",
            "http://good.example.",
            "https://*.example.com",
            "https://bücher.example",
            "http://0.0.0.0",
            "http://169.254.169.254/latest",
            "http://[fe80::1]",
            "http://[::]",
            "http://255.255.255.255",
            "http://x:0",
            "http://x:99999",
            "http://x:y",
            "http://[::1",
            "http://:80",
        ] {
            assert!(Origin::of_url(url).is_err(), "{url}");
        }
    }

    #[test]
    fn an_origin_alone() {
        assert!(Origin::parse("https://discord.com").is_ok());
        for text in [
            "https://discord.com/",
            "https://discord.com/api",
            "https://discord.com?x",
            "https://discord.com#x",
        ] {
            let refusal = Origin::parse(text).unwrap_err();
            assert_eq!(
                refusal.cure.as_deref(),
                Some("write https://discord.com"),
                "{text}"
            );
        }
    }

    #[test]
    fn an_address_is_never_repeated() {
        for url in [
            "http://u:hunter22@x/hunter22",
            "ftp://x/hunter22",
            "http://x:99999/hunter22",
            "http://127.1/hunter22",
        ] {
            let refusal = Origin::of_url(url).unwrap_err();
            assert!(!format!("{refusal:?}").contains("hunter22"), "{url}");
        }
    }
}
