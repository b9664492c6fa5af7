//! Networks and volumes as the engine has them, by name.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bollard::models::NetworkDisconnectRequest;
use bollard::query_parameters::ListContainersOptions;

use super::container::plain_name;
use super::{Docker, DockerError};

/// What Compose labels everything with that it makes.
pub(super) const COMPOSE: &str = "com.docker.compose.";

/// A network that is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Network {
    pub driver: String,
    pub internal: bool,
    pub attachable: bool,
    pub ipv6: bool,
    pub options: BTreeMap<String, String>,
    /// Without those of Compose.
    pub labels: BTreeMap<String, String>,
    pub subnets: Vec<String>,
}

/// A volume that is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Volume {
    pub driver: String,
    pub options: BTreeMap<String, String>,
    /// Without those of Compose.
    pub labels: BTreeMap<String, String>,
}

/// A container that is connected to a network, running or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectedContainer {
    pub id: String,
    pub name: String,
    /// Of Compose; empty: not made by it.
    pub project: String,
    pub service: String,
}

impl Docker {
    pub async fn network(&self, name: &str) -> Result<Option<Network>, DockerError> {
        let asked = self.ask(Duration::ZERO, |api| async move {
            api.inspect_network(name, None).await
        });
        let Some(found) = unless_missing(asked.await)? else {
            return Ok(None);
        };
        let configured = found.ipam.and_then(|ipam| ipam.config);
        Ok(Some(Network {
            driver: found.driver.unwrap_or_default(),
            internal: found.internal == Some(true),
            attachable: found.attachable == Some(true),
            ipv6: found.enable_ipv6 == Some(true),
            options: found.options.into_iter().flatten().collect(),
            labels: without_composes(found.labels.unwrap_or_default()),
            subnets: configured
                .into_iter()
                .flatten()
                .filter_map(|config| config.subnet)
                .collect(),
        }))
    }

    pub async fn volume(&self, name: &str) -> Result<Option<Volume>, DockerError> {
        let asked = self.ask(Duration::ZERO, |api| async move {
            api.inspect_volume(name).await
        });
        let Some(found) = unless_missing(asked.await)? else {
            return Ok(None);
        };
        Ok(Some(Volume {
            driver: found.driver,
            options: found.options.into_iter().collect(),
            labels: without_composes(found.labels),
        }))
    }

    pub async fn connected_to(
        &self,
        network: &str,
    ) -> Result<Vec<ConnectedContainer>, DockerError> {
        let options = ListContainersOptions {
            all: true,
            filters: Some(HashMap::from([(
                "network".to_owned(),
                vec![network.to_owned()],
            )])),
            ..Default::default()
        };
        let asked = self.ask(Duration::ZERO, |api| async move {
            api.list_containers(Some(options)).await
        });
        let connected = asked.await?.into_iter().map(|summary| {
            let labels = summary.labels.unwrap_or_default();
            let label = |name: &str| labels.get(&format!("{COMPOSE}{name}")).cloned();
            let names = summary.names.unwrap_or_default();
            ConnectedContainer {
                id: summary.id.unwrap_or_default(),
                name: plain_name(names.first().map(String::as_str)),
                project: label("project").unwrap_or_default(),
                service: label("service").unwrap_or_default(),
            }
        });
        Ok(connected.collect())
    }

    /// Disconnects every container and removes the network; one that is gone is well, too.
    pub async fn remove_network(&self, name: &str) -> Result<(), DockerError> {
        for container in self.connected_to(name).await? {
            let request = NetworkDisconnectRequest {
                container: container.id,
                force: Some(true),
            };
            let asked = self.ask(Duration::ZERO, |api| async move {
                api.disconnect_network(name, request).await
            });
            unless_missing(asked.await)?;
        }
        let asked = self.ask(Duration::ZERO, |api| async move {
            api.remove_network(name).await
        });
        unless_missing(asked.await).map(drop)
    }
}

fn unless_missing<T>(answer: Result<T, DockerError>) -> Result<Option<T>, DockerError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(DockerError::NotFound(_)) => Ok(None),
        Err(fault) => Err(fault),
    }
}

fn without_composes(labels: HashMap<String, String>) -> BTreeMap<String, String> {
    labels
        .into_iter()
        .filter(|(name, _)| !name.starts_with(COMPOSE))
        .collect()
}
