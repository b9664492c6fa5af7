#![allow(clippy::unwrap_used)]

use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;

use super::super::tests::{APP, OTHER_FILE, OTHER_SERVICE, found};
use super::*;
use crate::capability::compose::{ComposeFile, ServiceName};
use crate::capability::error::CapabilityError;

/// Lists these and does nothing.
struct Listing(Vec<FoundContainer>);

#[async_trait]
impl Port for Listing {
    async fn list(&self, _: &ProjectName) -> Result<Vec<FoundContainer>, CapabilityError> {
        Ok(self.0.clone())
    }
    async fn inspect(&self, _: &str) -> Result<FoundContainer, CapabilityError> {
        unreachable!()
    }
    async fn restart(&self, _: &str, _: Duration) -> Result<(), CapabilityError> {
        unreachable!()
    }
    async fn stop(&self, _: &str, _: Duration) -> Result<(), CapabilityError> {
        unreachable!()
    }
    async fn start(&self, _: &str) -> Result<(), CapabilityError> {
        unreachable!()
    }
    async fn logs(&self, _: &str, _: u32) -> Result<Vec<String>, CapabilityError> {
        unreachable!()
    }
}

fn at(id: &str, addresses: &[ContainerAddress]) -> FoundContainer {
    FoundContainer {
        reached_at: addresses.to_vec(),
        ..found(id)
    }
}

async fn serve(found: Vec<FoundContainer>, origin: &str) -> bool {
    let grant = ContainersGrant {
        project: ProjectName::new("p").unwrap(),
        services: Some(vec![ServiceName::new("app").unwrap()]),
        files: vec![ComposeFile::new("/srv/prod.yml").unwrap()],
    };
    let containers = PlanContainers {
        grants: vec![grant],
        port: Arc::new(Listing(found)),
    };
    containers.serve(&Origin::parse(origin).unwrap()).await
}

const fn published(on: Option<IpAddr>) -> ContainerAddress {
    ContainerAddress::Published { on, port: 8080 }
}

#[tokio::test]
async fn b10_a_published_port_an_own_address_and_the_machines_network_count() {
    let lo: IpAddr = "127.0.0.1".parse().unwrap();
    let own: IpAddr = "172.20.0.3".parse().unwrap();
    for (address, origin, counts) in [
        (published(None), "http://127.0.0.1:8080", true),
        (published(None), "http://localhost:8080", true),
        (published(None), "http://127.0.0.1:8081", false),
        (published(None), "http://192.0.2.1:8080", false),
        (published(None), "http://shop.example.org:8080", false),
        (published(Some(lo)), "http://127.0.0.1:8080", true),
        (published(Some(lo)), "http://localhost:8080", true),
        (published(Some(lo)), "http://127.0.0.2:8080", false),
        (published(Some(own)), "http://127.0.0.1:8080", false),
        (ContainerAddress::Own(own), "http://172.20.0.3:3000", true),
        (ContainerAddress::Own(own), "http://172.20.0.4:3000", false),
        (ContainerAddress::Machine, "http://127.0.0.1:9000", true),
        (ContainerAddress::Machine, "http://192.0.2.1:9000", false),
    ] {
        let found = vec![at(APP, &[address])];
        assert_eq!(serve(found, origin).await, counts, "{address:?} {origin}");
    }
}

#[tokio::test]
async fn b10_a_container_that_is_not_the_plans_or_has_ended_does_not_count() {
    let address = [published(None)];
    for other in [OTHER_FILE, OTHER_SERVICE] {
        assert!(!serve(vec![at(other, &address)], "http://127.0.0.1:8080").await);
    }
    let mut ended = at(APP, &address);
    ended.container.state = "exited".into();
    assert!(!serve(vec![ended], "http://127.0.0.1:8080").await);
}

#[tokio::test]
async fn b10_a_container_in_anothers_network_is_reached_where_that_one_is() {
    let mut guest = found(APP);
    guest.container.shares = vec![OTHER_SERVICE.into()];
    let donor = at(OTHER_SERVICE, &[published(None)]);
    assert!(serve(vec![guest, donor], "http://127.0.0.1:8080").await);
}
