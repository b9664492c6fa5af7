//! Which addresses a granted origin may lead to.
//!
//! Owns the rule only: who resolves a name and connects asks it about every address, and connects to
//! no other. A name is public's business: it must not lead into this machine or its networks unless
//! the grant says so, since whoever owns the name's DNS would then choose what a plugin reaches.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address is, as far as the rule cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressKind {
    /// Anywhere on the internet.
    Public,
    /// This machine.
    Loopback,
    /// A private network, carrier-grade NAT included.
    Private,
    /// Link-local, cloud metadata, documentation, benchmarks, reserved: only for who wrote it.
    Special,
    /// Unspecified, multicast, broadcast, or an IPv4 address dressed as IPv6: for nobody.
    Forbidden,
}

impl AddressKind {
    pub fn of(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(ip) => Self::of_v4(ip),
            IpAddr::V6(ip) => Self::of_v6(ip),
        }
    }

    fn of_v4(ip: Ipv4Addr) -> Self {
        match ip.octets() {
            [0, ..] | [224..=239, ..] | [255, 255, 255, 255] => Self::Forbidden,
            [127, ..] => Self::Loopback,
            // Metadata services of two clouds hide in ranges that are otherwise harmless.
            [100, 100, 100, 200] | [168, 63, 129, 16] => Self::Special,
            [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Self::Private,
            [169, 254, ..] | [198, 18..=19, ..] | [240..=255, ..] => Self::Special,
            [192, 0, 0 | 2, _] | [192, 88, 99, _] => Self::Special,
            [198, 51, 100, _] | [203, 0, 113, _] => Self::Special,
            _ => Self::Public,
        }
    }

    fn of_v6(ip: Ipv6Addr) -> Self {
        if ip == Ipv6Addr::LOCALHOST {
            return Self::Loopback;
        }
        match ip.segments() {
            // ::, ::a.b.c.d, ::ffff:a.b.c.d, the two NAT64 prefixes, 6to4, Teredo.
            [0, 0, 0, 0, 0, 0, ..] | [0, 0, 0, 0, 0, 0xffff, ..] | [0, 0, 0, 0, 0xffff, ..] => {
                Self::Forbidden
            }
            [0x64, 0xff9b, ..] | [0x2002, ..] | [0x2001, 0, ..] | [0xff00..=0xffff, ..] => {
                Self::Forbidden
            }
            [0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254] => Self::Special,
            [0xfc00..=0xfdff, ..] => Self::Private,
            // Global unicast is 2000::/3; some of it is set aside.
            [0x2001, 0x0002..=0x01ff | 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => Self::Special,
            [0x2000..=0x3fff, ..] => Self::Public,
            _ => Self::Special,
        }
    }
}

/// The addresses that one request may connect to: the rule as data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressPolicy {
    /// A granted name: public addresses.
    Public,
    /// A granted name whose grant says private: this machine and private networks too.
    Private,
    /// `localhost`: this machine and nothing else, whatever the grant says.
    Loopback,
    /// The origin's host is an address, written plainly: that one.
    Only(IpAddr),
}

impl AddressPolicy {
    pub fn allows(self, ip: IpAddr) -> bool {
        let kind = AddressKind::of(ip);
        match self {
            Self::Public => kind == AddressKind::Public,
            Self::Private => matches!(
                kind,
                AddressKind::Public | AddressKind::Loopback | AddressKind::Private
            ),
            Self::Loopback => kind == AddressKind::Loopback,
            Self::Only(address) => ip == address && kind != AddressKind::Forbidden,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    const TABLE: &[(AddressKind, &[&str])] = &[
        (
            AddressKind::Public,
            &[
                "1.1.1.1",
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "126.255.255.255",
                "128.0.0.1",
                "168.63.129.15",
                "169.253.255.255",
                "169.255.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "192.167.255.255",
                "192.169.0.0",
                "198.17.255.255",
                "198.20.0.0",
                "223.255.255.255",
                "2606:4700:4700::1111",
                "2a00:1450:4007:80e::200e",
                "2001:200::1",
                "2003::1",
                "3ffe::1",
            ],
        ),
        (
            AddressKind::Loopback,
            &[
                "127.0.0.1",
                "127.0.0.0",
                "127.255.255.255",
                "127.0.0.53",
                "::1",
            ],
        ),
        (
            AddressKind::Private,
            &[
                "10.0.0.0",
                "10.255.255.255",
                "172.16.0.0",
                "172.31.255.255",
                "192.168.0.1",
                "100.64.0.0",
                "100.127.255.255",
                "fc00::1",
                "fd00::1",
                "fdff:ffff::1",
            ],
        ),
        (
            AddressKind::Special,
            &[
                "169.254.169.254",
                "169.254.0.1",
                "100.100.100.200",
                "168.63.129.16",
                "192.0.0.192",
                "192.0.2.1",
                "198.18.0.1",
                "198.51.100.7",
                "203.0.113.9",
                "192.88.99.1",
                "240.0.0.1",
                "fd00:ec2::254",
                "fe80::1",
                "febf::1",
                "fec0::1",
                "2001:db8::1",
                "2001:2::1",
                "2001:10::1",
                "3fff::1",
                "100::1",
                "5f00::1",
            ],
        ),
        (
            AddressKind::Forbidden,
            &[
                "0.0.0.0",
                "0.1.2.3",
                "224.0.0.1",
                "239.255.255.255",
                "255.255.255.255",
                "::",
                "::7f00:1",
                "::ffff:127.0.0.1",
                "::ffff:93.184.216.34",
                "::ffff:0:7f00:1",
                "64:ff9b::7f00:1",
                "64:ff9b::808:808",
                "64:ff9b:1::7f00:1",
                "2002:7f00:1::",
                "2002:a9fe:a9fe::1",
                "2001:0:7f00:1::1",
                "ff02::1",
                "ff0e::1",
            ],
        ),
    ];

    #[test]
    fn every_address_has_its_kind() {
        for (kind, addresses) in TABLE {
            for address in *addresses {
                assert_eq!(
                    AddressKind::of(address.parse().unwrap()),
                    *kind,
                    "{address}"
                );
            }
        }
    }

    #[test]
    fn a_name_reaches_what_its_grant_says() {
        for (kind, addresses) in TABLE {
            for address in *addresses {
                let ip = address.parse().unwrap();
                assert_eq!(
                    AddressPolicy::Public.allows(ip),
                    *kind == AddressKind::Public,
                    "{address}"
                );
                assert_eq!(
                    AddressPolicy::Loopback.allows(ip),
                    *kind == AddressKind::Loopback,
                    "{address}"
                );
                let private = [
                    AddressKind::Public,
                    AddressKind::Loopback,
                    AddressKind::Private,
                ]
                .contains(kind);
                assert_eq!(AddressPolicy::Private.allows(ip), private, "{address}");
            }
        }
    }

    #[test]
    fn an_address_reaches_itself_alone() {
        for (kind, addresses) in TABLE {
            for address in *addresses {
                let ip: IpAddr = address.parse().unwrap();
                assert_eq!(
                    AddressPolicy::Only(ip).allows(ip),
                    *kind != AddressKind::Forbidden,
                    "{address}"
                );
                assert!(
                    !AddressPolicy::Only(ip).allows("10.1.2.3".parse().unwrap()),
                    "{address}"
                );
            }
        }
    }
}
