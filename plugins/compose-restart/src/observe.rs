//! Puts together a project's state at one moment, and finds what lies beside it.

use std::collections::BTreeSet;

use deployhost_plugin::Failure;
use deployhost_plugin::compose::{Neighbour, Service};
use deployhost_plugin::containers::Container;

use crate::config::Config;
use crate::machine::Machine;
use crate::mounts;
use crate::neighbours;
use crate::pass::Pass;
use crate::pin::Pin;
use crate::project_state::{ProjectState, lives};
use crate::take_over;

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
    let mut state = ProjectState::new(services, containers, config, pass, last, release);
    state.refuse(config)?;
    take_over::look(machine, config, &mut state)?;
    refuse_lost_images(machine, &state)?;
    state.started_alike = started_alike(machine, &state)?;
    Ok(state)
}

/// After a reboot Docker starts containers again, from files that may have changed before or since.
/// What is the same as it was remembered, and was not touched since that start, is what they read.
fn started_alike(
    machine: &impl Machine,
    state: &ProjectState,
) -> Result<BTreeSet<String>, Failure> {
    let mut alike = BTreeSet::new();
    for service in &state.services {
        let name = &service.name;
        let (Some(made), None) = (state.made(name), state.origin(name)) else {
            continue;
        };
        if !mounts::has_code(service) || !mounts::same(service, made) {
            continue;
        }
        let containers = state.containers_of(name);
        let Some(first) = containers.iter().map(|it| &it.started_at).min() else {
            continue;
        };
        if machine.unchanged_since(name, first)? {
            alike.insert(name.clone());
        }
    }
    Ok(alike)
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

/// What lies beside the services that are looked after.
#[derive(Debug, Default)]
pub struct Beside {
    /// For people, who may remove it by hand if they like.
    pub notes: Vec<String>,
    /// Containers that run although the file has no such service: they may answer in its place.
    pub left_over: Vec<String>,
    /// Services that the file has and the entry's list leaves out, and that run something older.
    pub older: Vec<String>,
}

/// `listed`: all containers of the project that this entry may see. `moved`: what is looked after
/// has just become something newer.
pub fn beside(
    machine: &impl Machine,
    config: &Config,
    state: &ProjectState,
    listed: &[Container],
    moved: bool,
) -> Result<Beside, Failure> {
    let mut beside = Beside::default();
    beside.notes = neighbours::beside(state);
    beside.notes.extend(mounts::notes(state));
    beside
        .notes
        .extend(mounts::unmounted(state, &config.inputs));
    let (others, gone) = match config.services {
        None => (Vec::new(), gone(state, config, listed)),
        // With a list of services, the file's others are not listed.
        Some(_) => machine.neighbours()?.into_iter().partition(|it| it.defined),
    };
    let running: BTreeSet<String> = others
        .into_iter()
        .filter(|it| it.running && moved)
        .map(|it| it.service)
        .collect();
    if !running.is_empty() {
        let running: Vec<String> = running.into_iter().collect();
        beside.notes.push(neighbours::not_looked_after(&running));
        beside.older = running;
    }
    for it in gone {
        beside
            .notes
            .push(neighbours::left_over(&it.service, &it.container));
        beside.left_over.extend(it.running.then_some(it.container));
    }
    Ok(beside)
}

/// Containers of the file whose services it has no more.
fn gone(state: &ProjectState, config: &Config, listed: &[Container]) -> Vec<Neighbour> {
    let defined = |name: &str| state.services.iter().any(|service| service.name == name);
    listed
        .iter()
        .filter(|it| !defined(&it.service) && neighbours::is_of(it, &config.file.0))
        .map(|it| Neighbour {
            service: it.service.clone(),
            container: it.name.clone(),
            running: lives(it),
            defined: false,
            shares: it.shares.clone(),
        })
        .collect()
}
