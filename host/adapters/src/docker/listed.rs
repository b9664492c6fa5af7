//! Every container of an engine, at a glance: whose names and ports are taken.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use bollard::models::{ContainerSummary, ContainerSummaryStateEnum, PortSummary};
use bollard::query_parameters::ListContainersOptions;

use super::container::{Labels, one_address, plain_name};
use super::{Docker, DockerError};

/// What one list tells of a container.
#[derive(Debug, Clone)]
pub struct ListedContainer {
    pub id: String,
    pub name: String,
    /// Of Compose; empty: not made by it.
    pub project: String,
    pub service: String,
    /// The files that its labels name, absolute.
    pub files: Vec<String>,
    pub one_off: bool,
    /// Of the machine, taken by it now.
    pub ports: Vec<TakenPort>,
    pub labels: HashMap<String, String>,
}

/// A port of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenPort {
    /// None: on every address.
    pub on: Option<IpAddr>,
    pub port: u16,
    /// `tcp`, `udp`.
    pub protocol: String,
}

impl TakenPort {
    /// Can not both be had?
    pub fn meets(&self, other: &Self) -> bool {
        let address = match (self.on, other.on) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        address && self.port == other.port && self.protocol == other.protocol
    }
}

impl Docker {
    /// Those that do not run, too.
    pub async fn listed(&self) -> Result<Vec<ListedContainer>, DockerError> {
        let options = ListContainersOptions {
            all: true,
            ..Default::default()
        };
        let asked = self.ask(Duration::ZERO, |api| async move {
            api.list_containers(Some(options)).await
        });
        Ok(asked.await?.into_iter().map(listed).collect())
    }
}

fn listed(summary: ContainerSummary) -> ListedContainer {
    let labels = summary.labels.unwrap_or_default();
    let of_compose = Labels(labels.clone());
    let names = summary.names.unwrap_or_default();
    let runs = summary.state == Some(ContainerSummaryStateEnum::RUNNING);
    let ports = summary.ports.into_iter().flatten().filter(|_| runs);
    ListedContainer {
        id: summary.id.unwrap_or_default(),
        name: plain_name(names.first().map(String::as_str)),
        project: of_compose.text("project"),
        service: of_compose.text("service"),
        files: of_compose.config_files(),
        one_off: of_compose.one_off(),
        ports: ports.filter_map(taken).collect(),
        labels,
    }
}

fn taken(port: PortSummary) -> Option<TakenPort> {
    Some(TakenPort {
        on: one_address(port.ip.as_deref()),
        port: port.public_port?,
        protocol: port.typ.map(|it| it.to_string()).unwrap_or_default(),
    })
}
