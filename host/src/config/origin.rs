//! Which server an address leads to, where the address is written plainly.
//!
//! Owns the plan's side only: what a plugin asks for, and which machine really answers, is checked
//! again by the `http` capability.

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::problem::Refusal;

/// Scheme, host and port, and whether the host is written as one of this machine or its network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// As browsers write it: `https://example.com`, `http://127.0.0.1:8080`.
    pub text: String,
    /// `localhost`, or a loopback or private address.
    pub private: bool,
    /// `localhost`, or a loopback address.
    pub loopback: bool,
}

const SUCH_AS: &str = "write it as https://example.com";

impl Origin {
    /// The origin itself, with nothing behind it.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let origin = Self::of_url(text)?;
        let behind = text.splitn(4, '/').nth(3).is_some();
        if behind || text.contains(['?', '#']) {
            let refusal = Refusal::new("an origin has nothing behind its host and port");
            return Err(refusal.cure(format!("write {}", origin.text)));
        }
        Ok(origin)
    }

    /// The origin of an address. The address itself is never repeated: it may be a secret.
    pub fn of_url(text: &str) -> Result<Self, Refusal> {
        if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
            let refusal = Refusal::new("an address has no spaces, line ends or backslashes");
            return Err(refusal.cure(SUCH_AS));
        }
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))
            .ok_or_else(|| {
                Refusal::new("wanted an address that begins with https:// or http://").cure(SUCH_AS)
            })?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.is_empty() {
            return Err(Refusal::new("the address has no host").cure(SUCH_AS));
        }
        if authority.contains('@') {
            let refusal = Refusal::new("the address holds a user name or password");
            return Err(refusal.cure("leave it out, and put the password under [secrets]"));
        }
        let url = Url::parse(text)
            .map_err(|error| Refusal::new(format!("no address: {error}")).cure(SUCH_AS))?;
        let host = url
            .host()
            .ok_or_else(|| Refusal::new("the address has no host"))?;
        plainly(authority, &host)?;
        let loopback = is_loopback(&host);
        if url.port() == Some(0) {
            return Err(Refusal::new("there is no port 0"));
        }
        Ok(Self {
            text: url.origin().ascii_serialization(),
            private: loopback || is_private(&host),
            loopback,
        })
    }
}

/// The host has to be written as it is read: another spelling shows people another host.
fn plainly(authority: &str, host: &Host<&str>) -> Result<(), Refusal> {
    let read = host.to_string();
    let written = match authority.strip_prefix('[') {
        Some(v6) => format!("[{}]", v6.split(']').next().unwrap_or_default()),
        None => authority.split(':').next().unwrap_or_default().to_owned(),
    };
    if let Host::Ipv6(address) = host
        && (address.to_ipv4_mapped().is_some()
            || address.to_ipv4().is_some_and(|_| !address.is_loopback()))
    {
        let refusal = Refusal::new("the address hides an IPv4 address in an IPv6 one");
        return Err(refusal.cure("write the IPv4 address"));
    }
    if written != read {
        let refusal = Refusal::new(format!(
            "the host is read as `{read}`, and written otherwise"
        ));
        return Err(refusal.cure(format!("write {read}")));
    }
    let nobody = match host {
        Host::Domain(name) => name.contains('*') || name.ends_with('.'),
        Host::Ipv4(ip) => nobodys(*ip),
        Host::Ipv6(ip) => ip.is_unspecified() || ip.is_multicast() || ip.is_unicast_link_local(),
    };
    if nobody {
        let refusal = Refusal::new(format!("`{read}` is no host that a plan may name"));
        return Err(refusal.cure("name one host, without `*` or a dot at its end"));
    }
    Ok(())
}

fn nobodys(ip: Ipv4Addr) -> bool {
    ip.is_unspecified() || ip.is_multicast() || ip.is_broadcast() || ip.is_link_local()
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => *ip == Ipv6Addr::LOCALHOST,
    }
}

fn is_private(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(_) => false,
        Host::Ipv4(ip) => ip.is_private(),
        Host::Ipv6(ip) => ip.is_unique_local(),
    }
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
