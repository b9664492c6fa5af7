//! Puts together a project's state at one moment, and finds what lies beside it.

use deployhost_plugin::Failure;
use deployhost_plugin::compose::Service;
use deployhost_plugin::containers::Container;

use crate::config::Config;
use crate::machine::Machine;
use crate::neighbours;
use crate::pass::Pass;
use crate::pin::Pin;
use crate::project_state::ProjectState;

/// A state that can be decided on, or why none can. `seen`: all containers of the project.
pub fn observe(
    machine: &impl Machine,
    services: Vec<Service>,
    seen: &[Container],
    config: &Config,
    pass: &Pass,
    last: Option<&str>,
    release: Option<Pin>,
) -> Result<ProjectState, Failure> {
    let wanted = |it: &&Container| services.iter().any(|service| service.name == it.service);
    let containers = seen.iter().filter(wanted).cloned().collect();
    let state = ProjectState::new(services, containers, config, pass, last, release);
    state.refuse(config)?;
    neighbours::refuse_taken(&state, &config.file.0)?;
    refuse_lost_images(machine, &state)?;
    Ok(state)
}

/// A release whose image is gone cannot be brought back; known before anything stops.
fn refuse_lost_images(machine: &impl Machine, state: &ProjectState) -> Result<(), Failure> {
    for service in &state.services {
        let Some(image) = state.released_image(&service.name) else {
            continue;
        };
        if service.image_id.as_deref() != Some(image) && !machine.has_image(image)? {
            let message = format!(
                "the image {image} that {} ran in that release is no longer on this machine",
                service.name,
            );
            return Err(
                Failure::unavailable("compose-restart.image-unavailable", message)
                    .parameter("service", &service.name)
                    .parameter("image", image),
            );
        }
    }
    Ok(())
}

/// What people should know, and remove by hand if they like.
pub fn beside(
    machine: &impl Machine,
    config: &Config,
    state: &ProjectState,
    listed: &[Container],
) -> Result<Vec<String>, Failure> {
    let mut notes = neighbours::beside(state);
    // With a list of services, the file's others are simply not looked after.
    if config.services.is_some() {
        return Ok(notes);
    }
    let defined = |name: &str| state.services.iter().any(|service| service.name == name);
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
    for (service, pinned) in state.last.iter().flat_map(|pin| &pin.services) {
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
