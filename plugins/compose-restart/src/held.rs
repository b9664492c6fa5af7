//! What was done, held against what Docker shows: Compose can end well without having done it.

use std::collections::BTreeSet;

use deployhost_plugin::Failure;
use deployhost_plugin::compose::Service;
use deployhost_plugin::containers::Container;

use crate::decision::Verb;
use crate::project_state::lives;

/// The containers that now stand for a service that was touched, or what of it was not done.
/// `before` are those that stood for it until then.
pub fn held(
    verb: Verb,
    service: &Service,
    before: &[&Container],
    now: &[Container],
) -> Result<Vec<Container>, Failure> {
    let old: BTreeSet<&str> = before.iter().map(|it| it.id.as_str()).collect();
    let of_service = || now.iter().filter(|it| it.service == service.name);
    let here: Vec<Container> = match verb {
        Verb::Restart => restarted(service, before, now)?,
        Verb::Scale => of_service().filter(|it| lives(it)).cloned().collect(),
        _ => {
            if of_service().any(|it| old.contains(it.id.as_str()) && lives(it)) {
                return Err(failure(
                    "compose-restart.not-replaced",
                    format!("Compose ended well but left {} as it was", service.name),
                    service,
                ));
            }
            of_service()
                .filter(|it| !old.contains(it.id.as_str()))
                .cloned()
                .collect()
        }
    };
    let (name, wanted) = (&service.name, service.replicas);
    if here.is_empty() && wanted > 0 {
        let message = format!("Compose ended well but {name} has no container");
        return Err(failure("compose-restart.no-container", message, service));
    }
    if u32::try_from(here.len()) != Ok(wanted) {
        let message = format!(
            "Compose ended well but {name} has {} containers, the Compose file wants {wanted}",
            here.len()
        );
        return Err(failure("compose-restart.replicas", message, service)
            .parameter("wanted", wanted)
            .parameter("found", here.len()));
    }
    Ok(here)
}

fn restarted(
    service: &Service,
    before: &[&Container],
    now: &[Container],
) -> Result<Vec<Container>, Failure> {
    let mut here = Vec::new();
    for old in before {
        match now.iter().find(|it| it.id == old.id) {
            Some(container) if container.started_at != old.started_at => {
                here.push(container.clone());
            }
            Some(_) => {
                let message = format!("Docker ended well but did not start {} again", service.name);
                return Err(failure("compose-restart.not-restarted", message, service));
            }
            // That it is gone is told with its name, by whoever watches it.
            None => here.push((*old).clone()),
        }
    }
    Ok(here)
}

/// The networks that a service is to be in, against those that its containers are in.
pub fn connected(service: &Service, containers: &[Container]) -> Result<(), Failure> {
    let running = |it: &&Container| it.service == service.name && it.state == "running";
    for container in containers.iter().filter(running) {
        let missing = |name: &&String| !container.networks.contains(name);
        if let Some(network) = service.networks.iter().find(missing) {
            let message = format!(
                "{} runs but is not connected to the network {network}",
                service.name
            );
            return Err(failure("compose-restart.network-missing", message, service)
                .parameter("network", network));
        }
    }
    Ok(())
}

fn failure(code: &'static str, message: String, service: &Service) -> Failure {
    Failure::permanent(code, message).parameter("service", &service.name)
}
