#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

fn tree(text: &str) -> Value {
    serde_yaml_ng::from_str(text).unwrap()
}

#[test]
fn names_are_the_engines() {
    let project = ProjectName::new("shop").unwrap();
    let tree = tree(
        "networks: { front: {}, named: { name: web }, out: { external: true }, old: { external: { name: older } } }",
    );
    let name = |name| real_name(&tree, &project, "networks", name);
    assert_eq!(name("front"), "shop_front");
    assert_eq!(name("default"), "shop_default");
    assert_eq!(name("named"), "web");
    assert_eq!(name("out"), "out");
    assert_eq!(name("old"), "older");
}

#[test]
fn what_a_file_leaves_to_the_engine_is_as_wanted() {
    let there = Network {
        driver: "bridge".into(),
        subnets: vec!["172.18.0.0/16".into()],
        ..Network::default()
    };
    let is = |text: &str, there: &Network| NetworkDefinition::read(Some(&tree(text))).is(there);
    assert!(is("{}", &there));
    assert!(is("{ driver: bridge }", &there));
    for other in [
        "{ driver: macvlan }",
        "{ internal: true }",
        "{ attachable: true }",
        "{ enable_ipv6: true }",
        "{ labels: { a: b } }",
        "{ driver_opts: { com.docker.network.bridge.name: br9 } }",
        "{ ipam: { config: [{ subnet: 10.9.0.0/24 }] } }",
    ] {
        assert!(!is(other, &there), "{other}");
    }
    let optioned = Network {
        options: [("a".into(), "1".into())].into(),
        ..there
    };
    assert!(!is("{}", &optioned), "the option was taken out of the file");
    assert!(is("{ driver_opts: { a: 1 } }", &optioned));
    let by_the_engine = Network {
        options: [("com.docker.network.driver.mtu".into(), "1400".into())].into(),
        attachable: true,
        ..optioned
    };
    assert!(is("{}", &by_the_engine));
    let other = "{ driver_opts: { com.docker.network.driver.mtu: 1300 } }";
    assert!(!is(other, &by_the_engine));
}

#[test]
fn a_volume_is_local_unless_the_file_says_otherwise() {
    let plain = VolumeDefinition::read(None);
    assert_eq!(plain.volume.driver, "local");
    let other = VolumeDefinition::read(Some(&tree("{ driver_opts: { type: tmpfs } }")));
    assert_ne!(plain, other);
    assert!(VolumeDefinition::read(Some(&tree("{ external: true }"))).external);
}
