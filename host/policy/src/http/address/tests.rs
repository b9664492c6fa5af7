#![allow(clippy::unwrap_used, clippy::expect_used)]

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
