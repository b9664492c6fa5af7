//! What a container was made with, beyond what its image says, as far as people are told of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bollard::models::{ContainerConfig, ImageConfig, PortBinding};

use super::container::{one_address, plain_name};
use super::listed::TakenPort;
use super::network::COMPOSE;
use super::{Docker, DockerError};

/// Values may be secrets: there is no `Debug`, and nobody is told more than names.
pub struct MadeContainer {
    pub name: String,
    /// By Compose.
    pub by_compose: bool,
    /// As it was asked for, and the id that this stood for.
    pub image: String,
    pub image_id: String,
    pub environment: BTreeMap<String, String>,
    pub labels: BTreeMap<String, String>,
    /// None: the image's.
    pub command: Option<Vec<String>>,
    pub entrypoint: Option<Vec<String>>,
    /// Empty: the image's.
    pub user: String,
    /// By the port in the container, `80/tcp`.
    pub ports: BTreeMap<String, Vec<TakenPort>>,
    /// By the place in the container: a path of the machine, or a volume's name.
    pub mounts: BTreeMap<String, String>,
    pub networks: BTreeSet<String>,
    /// `no`, `always`, …
    pub restart: String,
}

impl Docker {
    pub async fn made(&self, id: &str) -> Result<MadeContainer, DockerError> {
        let found = self.inspected(id).await?;
        let image_id = found.image.unwrap_or_default();
        let asked = self.ask(Duration::ZERO, |api| {
            let id = image_id.clone();
            async move { api.inspect_image(&id).await }
        });
        let of_image = match asked.await {
            Ok(image) => image.config.unwrap_or_default(),
            Err(DockerError::NotFound(_)) => ImageConfig::default(),
            Err(fault) => return Err(fault),
        };
        let config = found.config.unwrap_or_default();
        let host = found.host_config.unwrap_or_default();
        let mounts = found.mounts.into_iter().flatten().filter_map(|mount| {
            let source = match mount.name {
                Some(name) => name,
                None => mount.source?,
            };
            Some((mount.destination?, source))
        });
        let ports = host.port_bindings.into_iter().flatten();
        let restart = host.restart_policy.and_then(|it| it.name);
        let connected = found.network_settings.and_then(|it| it.networks);
        let labels = named(config.labels.clone(), of_image.labels.clone());
        Ok(MadeContainer {
            name: plain_name(found.name.as_deref()),
            by_compose: labels.keys().any(|name| name.starts_with(COMPOSE)),
            labels: labels
                .into_iter()
                .filter(|(name, _)| !name.starts_with(COMPOSE))
                .collect(),
            environment: own_environment(&config, &of_image),
            command: config.cmd.filter(|it| Some(it) != of_image.cmd.as_ref()),
            entrypoint: config
                .entrypoint
                .filter(|it| Some(it) != of_image.entrypoint.as_ref()),
            user: config
                .user
                .filter(|it| Some(it) != of_image.user.as_ref())
                .unwrap_or_default(),
            image: config.image.unwrap_or_default(),
            image_id,
            ports: ports
                .map(|(port, bindings)| {
                    let taken = bindings.into_iter().flatten();
                    let taken = taken.filter_map(|it| taken_by(&port, it)).collect();
                    (port.clone(), taken)
                })
                .collect(),
            mounts: mounts.collect(),
            networks: connected
                .into_iter()
                .flatten()
                .map(|(name, _)| name)
                .collect(),
            restart: restart.map(|it| it.to_string()).unwrap_or_default(),
        })
    }
}

fn taken_by(port: &str, binding: PortBinding) -> Option<TakenPort> {
    Some(TakenPort {
        on: one_address(binding.host_ip.as_deref()),
        port: binding.host_port?.parse().ok()?,
        protocol: port.rsplit('/').next().unwrap_or("tcp").to_owned(),
    })
}

fn own_environment(config: &ContainerConfig, image: &ImageConfig) -> BTreeMap<String, String> {
    let of_image: BTreeSet<&String> = image.env.iter().flatten().collect();
    let own = config
        .env
        .iter()
        .flatten()
        .filter(|it| !of_image.contains(it));
    let own = own.filter_map(|it| it.split_once('='));
    // The first Compose leaves a word there for a scheduler of old.
    let own = own.filter(|(name, _)| !name.starts_with("affinity:"));
    own.map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn named<M: IntoIterator<Item = (String, String)>>(
    own: Option<M>,
    image: Option<M>,
) -> BTreeMap<String, String> {
    let of_image: BTreeSet<(String, String)> = image.into_iter().flatten().collect();
    let own = own.into_iter().flatten();
    own.filter(|it| !of_image.contains(it)).collect()
}
