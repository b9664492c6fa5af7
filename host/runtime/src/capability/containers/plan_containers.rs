//! All containers that a plan's steps may see: whose answer counts as this deployment's.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{ContainerAddress, ContainersGrant, FoundContainer, Port, ProjectName};
use deployhost_policy::http::{AddressKind, Origin};

#[derive(Clone)]
pub struct PlanContainers {
    pub grants: Vec<ContainersGrant>,
    pub port: Arc<dyn Port>,
}

impl PlanContainers {
    /// Does one of them that runs answer there, now? False where Docker cannot tell.
    pub async fn serve(&self, origin: &Origin) -> bool {
        if origin.kind().is_none() {
            // A name that only others can lead anywhere.
            return false;
        }
        let projects: BTreeSet<&ProjectName> = self.grants.iter().map(|it| &it.project).collect();
        for project in projects {
            let Ok(found) = self.port.list(project).await else {
                continue;
            };
            let running = found.iter().filter(|it| it.container.state == "running");
            let granted = running.filter(|it| self.grants.iter().any(|grant| grant.holds(it)));
            if granted
                .flat_map(|it| reached_at(it, &found))
                .any(|it| leads(it, origin))
            {
                return true;
            }
        }
        false
    }
}

/// Its own addresses, and those of the container whose network it lives in.
fn reached_at<'a>(
    container: &'a FoundContainer,
    all: &'a [FoundContainer],
) -> impl Iterator<Item = &'a ContainerAddress> {
    let shares = &container.container.shares;
    let shared = all.iter().filter(|it| shares.contains(&it.container.id));
    let shared = shared.flat_map(|it| &it.reached_at);
    container.reached_at.iter().chain(shared)
}

fn leads(to: &ContainerAddress, origin: &Origin) -> bool {
    let here = origin.kind() == Some(AddressKind::Loopback);
    match to {
        ContainerAddress::Published { on, port } => {
            let on_it = match on {
                None => here,
                // The name leads to each loopback address.
                Some(on) => match origin.address() {
                    None => here && on.is_loopback(),
                    address => address == Some(*on),
                },
            };
            on_it && origin.port() == *port
        }
        ContainerAddress::Own(address) => origin.address() == Some(*address),
        ContainerAddress::Machine => here,
    }
}

#[cfg(test)]
mod tests;
