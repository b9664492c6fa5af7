//! Networks and volumes as the files define them, against those that are there.
//!
//! Compose makes what is missing and, by version, leaves, half changes or asks about what is there
//! with another definition. So it is found out first: a network that only this call's services use
//! is made anew when they are; everything else that would have to be taken from somebody, or that
//! holds data, is refused by name.

use std::collections::{BTreeMap, BTreeSet};

use serde_yaml_ng::Value;

use super::ComposeProgram;
use super::model::{Model, dollars};
use super::rendering::place;
use crate::docker::{Network, Volume};
use deployhost_policy::Diagnostic;
use deployhost_runtime::capability::compose::{Project, ProjectName, ServiceName};
use deployhost_runtime::capability::error::{CapabilityError, OfKind};

/// The driver of a volume whose file names none.
const LOCAL: &str = "local";

/// Options of a network that an engine sets of itself, or by its own configuration.
const ENGINES: [&str; 3] = [
    "com.docker.network.enable_ipv4",
    "com.docker.network.enable_ipv6",
    "com.docker.network.driver.mtu",
];

/// A network of the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkDefinition {
    /// Somebody else's to make.
    pub external: bool,
    /// None: whichever the engine prefers.
    driver: Option<String>,
    network: Network,
}

/// A volume of the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeDefinition {
    pub external: bool,
    volume: Volume,
}

/// What the engine calls `name`, of the section `kind`.
pub fn real_name(tree: &Value, project: &ProjectName, kind: &str, name: &str) -> String {
    let defined = tree.get(kind).and_then(|it| it.get(name));
    let external = defined.and_then(|it| it.get("external"));
    // Its successors write the name into every definition.
    let named = [defined, external]
        .into_iter()
        .find_map(|it| it?.get("name")?.as_str());
    match named {
        Some(named) => named.to_owned(),
        None if is_external(defined) => name.to_owned(),
        None => format!("{project}_{name}"),
    }
}

fn is_external(defined: Option<&Value>) -> bool {
    match defined.and_then(|it| it.get("external")) {
        Some(Value::Bool(external)) => *external,
        Some(other) => other.is_mapping(),
        None => false,
    }
}

impl NetworkDefinition {
    pub fn read(defined: Option<&Value>) -> Self {
        let flag = |name: &str| defined.and_then(|it| it.get(name)?.as_bool()) == Some(true);
        let ipam = defined.and_then(|it| it.get("ipam")?.get("config")?.as_sequence());
        let subnet = |config: &Value| Some(config.get("subnet")?.as_str()?.to_owned());
        Self {
            external: is_external(defined),
            driver: text(defined, "driver"),
            network: Network {
                driver: String::new(),
                internal: flag("internal"),
                attachable: flag("attachable"),
                ipv6: flag("enable_ipv6"),
                options: texts(defined, "driver_opts"),
                labels: texts(defined, "labels"),
                subnets: ipam.into_iter().flatten().filter_map(subnet).collect(),
            },
        }
    }

    /// Where the file leaves something to the engine, whatever that chose is right.
    fn is(&self, there: &Network) -> bool {
        let driver = self.driver.as_ref().unwrap_or(&there.driver);
        let subnets = match self.network.subnets.is_empty() {
            true => &there.subnets,
            false => &self.network.subnets,
        };
        let mut options = self.network.options.clone();
        for (name, value) in &there.options {
            if ENGINES.contains(&name.as_str()) {
                options.entry(name.clone()).or_insert(value.clone());
            }
        }
        let wanted = Network {
            driver: driver.clone(),
            subnets: subnets.clone(),
            options,
            // The first Compose makes every network so.
            attachable: self.network.attachable || there.attachable,
            ..self.network.clone()
        };
        &wanted == there
    }
}

impl VolumeDefinition {
    pub fn read(defined: Option<&Value>) -> Self {
        Self {
            external: is_external(defined),
            volume: Volume {
                driver: text(defined, "driver").unwrap_or_else(|| LOCAL.to_owned()),
                options: texts(defined, "driver_opts"),
                labels: texts(defined, "labels"),
            },
        }
    }
}

fn text(defined: Option<&Value>, key: &str) -> Option<String> {
    Some(defined?.get(key)?.as_str()?.to_owned())
}

/// Text by name, with dollar signs as they were before Compose doubled them.
fn texts(defined: Option<&Value>, key: &str) -> BTreeMap<String, String> {
    let map = defined.and_then(|it| it.get(key)?.as_mapping());
    let text = |value: &Value| match value {
        Value::String(text) => dollars(text),
        Value::Bool(it) => it.to_string(),
        Value::Number(it) => it.to_string(),
        _ => String::new(),
    };
    map.into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.as_str()?.to_owned(), text(value))))
        .collect()
}

impl ComposeProgram {
    /// Refuses what cannot become what the files want without taking it from somebody.
    pub(super) async fn refuse_unchangeable(
        &self,
        model: &Model,
        project: &Project,
    ) -> Result<(), CapabilityError> {
        let services = model.services.iter();
        let granted: Vec<_> = services
            .filter(|(name, _)| project.granted(name).is_ok())
            .map(|(_, service)| service)
            .collect();
        // Services share them: each is looked at once.
        let volumes: BTreeSet<_> = granted.iter().flat_map(|it| &it.volumes).collect();
        for name in volumes {
            if let Some(wanted) = model.volumes.get(name) {
                self.refuse_other_volume(name, wanted, project).await?;
            }
        }
        let networks: BTreeSet<_> = granted.iter().flat_map(|it| &it.networks).collect();
        for name in networks {
            if let Some(wanted) = model.networks.get(name)
                && self.is_other_network(name, wanted, project).await?
            {
                self.refuse_shared_network(name, model, project).await?;
            }
        }
        Ok(())
    }

    /// Takes networks apart that a service is about to be connected to under another definition.
    /// Whoever loses them is made anew in the same step, since its own digest changed with them.
    pub(super) async fn remove_other_networks(
        &self,
        model: &Model,
        project: &Project,
        service: &ServiceName,
    ) -> Result<(), CapabilityError> {
        let networks = model.services.get(service.as_str()).map(|it| &it.networks);
        for name in networks.into_iter().flatten() {
            if let Some(wanted) = model.networks.get(name)
                && self.is_other_network(name, wanted, project).await?
            {
                self.refuse_shared_network(name, model, project).await?;
                self.docker.remove_network(name).await?;
            }
        }
        Ok(())
    }

    async fn is_other_network(
        &self,
        name: &str,
        wanted: &NetworkDefinition,
        project: &Project,
    ) -> Result<bool, CapabilityError> {
        match self.docker.network(name).await? {
            None if wanted.external => Err(absent(project, "network", name)),
            Some(there) if !wanted.external => Ok(!wanted.is(&there)),
            _ => Ok(false),
        }
    }

    async fn refuse_shared_network(
        &self,
        name: &str,
        model: &Model,
        project: &Project,
    ) -> Result<(), CapabilityError> {
        let connected = self.docker.connected_to(name).await?;
        let other = connected.iter().find(|it| {
            it.project != project.name.as_str()
                || project.granted(&it.service).is_err()
                || !model.services.contains_key(&it.service)
        });
        let Some(other) = other else { return Ok(()) };
        let container = &other.name;
        let message = format!(
            "the network {name} is to change, and container {container}, which this step does not look after, is connected to it"
        );
        Err(Diagnostic::new("compose.network-in-use", message)
            .at(place(project))
            .help(format!(
                "name its service in `services`, or `docker network disconnect {name} {container}`"
            ))
            .parameter("network", name)
            .parameter("container", container.as_str())
            .invalid())
    }

    async fn refuse_other_volume(
        &self,
        name: &str,
        wanted: &VolumeDefinition,
        project: &Project,
    ) -> Result<(), CapabilityError> {
        match self.docker.volume(name).await? {
            None if wanted.external => Err(absent(project, "volume", name)),
            Some(there) if !wanted.external && there != wanted.volume => {
                let message = format!(
                    "the volume {name} was made with another driver, options or labels than the file has now, and changing them would lose what it holds"
                );
                Err(Diagnostic::new("compose.volume-differs", message)
                    .at(place(project))
                    .help(
                        "give the volume another name, or save what it holds and remove it by hand",
                    )
                    .parameter("volume", name)
                    .invalid())
            }
            _ => Ok(()),
        }
    }
}

fn absent(project: &Project, kind: &'static str, name: &str) -> CapabilityError {
    let message = format!("the {kind} {name} is external, and there is none of that name");
    Diagnostic::new("compose.external-missing", message)
        .at(place(project))
        .help(format!("docker {kind} create {name}"))
        .parameter("kind", kind)
        .parameter("name", name)
        .invalid()
}

#[cfg(test)]
mod tests;
