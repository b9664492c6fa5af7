//! Puts together the facts of one moment, and says what lies beside them.

use deployhost_plugin::Failure;
use deployhost_plugin::containers::Container;

use crate::config::Config;
use crate::facts::Facts;
use crate::machine::Machine;
use crate::neighbours;
use crate::pass::Pass;
use crate::pin::Pin;

/// Facts that can be decided on, or why nobody can.
pub fn observe(
    machine: &impl Machine,
    config: &Config,
    pass: &Pass,
    last: Option<&str>,
    release: Option<Pin>,
) -> Result<Facts, Failure> {
    let services = machine.services()?;
    let mut containers = machine.containers()?;
    containers.retain(|it| services.iter().any(|service| service.name == it.service));
    let facts = Facts::new(services, containers, config, pass, last, release);
    facts.refuse(config.services.as_deref())?;
    neighbours::refuse_taken(&facts, &config.file.0)?;
    refuse_lost_images(machine, &facts)?;
    Ok(facts)
}

/// A release whose image is gone cannot be brought back; known before anything stops.
fn refuse_lost_images(machine: &impl Machine, facts: &Facts) -> Result<(), Failure> {
    for service in &facts.services {
        let Some(image) = facts.released_image(&service.name) else {
            continue;
        };
        if service.image_id.as_deref() != Some(image) && !machine.has_image(image)? {
            return Err(Failure::Permanent(format!(
                "the image {image} that {} ran in that release is no longer on this machine",
                service.name,
            )));
        }
    }
    Ok(())
}

/// What people should know, and remove by hand if they like.
pub fn beside(
    machine: &impl Machine,
    config: &Config,
    facts: &Facts,
) -> Result<Vec<String>, Failure> {
    let mut notes = neighbours::beside(facts);
    // With a list of services, the file's others are simply not looked after.
    if config.services.is_some() {
        return Ok(notes);
    }
    let defined = |name: &str| facts.services.iter().any(|service| service.name == name);
    let listed: Vec<Container> = machine.containers()?;
    let seen: Vec<(&str, &str)> = listed
        .iter()
        .filter(|it| neighbours::is_of(it, &config.file.0))
        .map(|it| (it.service.as_str(), it.name.as_str()))
        .filter(|(service, _)| !defined(service))
        .collect();
    notes.extend(
        seen.iter()
            .map(|(service, name)| neighbours::left_over(service, name)),
    );
    // The host lists only what the file defines; the last receipt knows what it did define.
    for (service, pinned) in facts.last.iter().flat_map(|pin| &pin.services) {
        if defined(service) || seen.iter().any(|(other, _)| other == service) {
            continue;
        }
        for instance in &pinned.containers {
            if machine.may_exist(&instance.id)? {
                notes.push(neighbours::left_over(service, &instance.name));
            }
        }
    }
    Ok(notes)
}
