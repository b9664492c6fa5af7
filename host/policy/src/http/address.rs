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
mod tests;
