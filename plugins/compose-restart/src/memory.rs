//! Pins of what is there: before a change, with what is remembered of it; after one, with what the
//! containers were started from just now.

use std::collections::BTreeSet;

use deployhost_plugin::compose::Service;
use deployhost_plugin::containers::Container;

use crate::mounts;
use crate::pin::{BuildPin, Configuration, ContainerInstance, Pin, ServicePin};
use crate::project_state::{ProjectState, lives};

/// What is in place. None: there is no container at all.
pub fn in_place(state: &ProjectState) -> Option<Pin> {
    // The services may not have been rendered: their containers are there all the same.
    let wanted = state.services.iter().map(|service| &service.name);
    let names: BTreeSet<&String> = wanted
        .chain(state.containers.iter().map(|it| &it.service))
        .collect();
    let services = names.into_iter().map(|name| {
        let mut pinned = seen(&state.containers_of(name));
        if let Some(last) = state
            .last_of(name)
            .filter(|last| last.image == pinned.image)
        {
            pinned.build.clone_from(&last.build);
        }
        if let Some(made) = state.made(name) {
            pinned.configuration.clone_from(&made.configuration);
        }
        if let Some(origin) = state.origin(name) {
            pinned.mounts.clone_from(&origin.mounts);
        }
        (name.clone(), pinned)
    });
    let commit = state.last.as_ref().and_then(|last| last.commit.clone());
    let pin = Pin::new(commit, services.collect());
    pin.any_container().then_some(pin)
}

/// What was brought: `state` as it was decided on, and the containers that run since. What was
/// looked at before the start is remembered, not after: a file that changed in between makes the
/// next run restart once too often, never once too seldom.
pub fn brought(state: &ProjectState, containers: &[Container]) -> Pin {
    let services = state.services.iter().map(|service| {
        let of_service: Vec<&Container> = containers
            .iter()
            .filter(|it| it.service == service.name)
            .collect();
        let mut pinned = seen(&of_service);
        if state.found.contains_key(&service.name) {
            // Made by others: of what, is not known.
            return (service.name.clone(), pinned);
        }
        if pinned.running || state.is_oneshot(&service.name) {
            pinned.configuration = Some(Configuration::of(service));
            pinned.mounts = Some(service.mounts.iter().map(mounts::remember).collect());
        } else if let Some(made) = state.made(&service.name) {
            // Stopped: it is there all the same.
            pinned.configuration.clone_from(&made.configuration);
            pinned.containers.clone_from(&made.containers);
        }
        pinned.build = built_from(state, service);
        (service.name.clone(), pinned)
    });
    Pin::new(state.commit.clone(), services.collect())
}

/// On the way back, what the release knew. Forward, a decision that did not ask for a build knows
/// that the image is of this build context.
fn built_from(state: &ProjectState, service: &Service) -> Option<BuildPin> {
    match state.release_of(&service.name) {
        Some(released) => released.build.clone(),
        None => BuildPin::of(service),
    }
}

fn seen(containers: &[&Container]) -> ServicePin {
    let first = containers.first();
    ServicePin {
        image: first.map(|it| it.image.clone()).unwrap_or_default(),
        configuration: None,
        running: containers.iter().any(|it| lives(it)),
        containers: containers
            .iter()
            .map(|it| ContainerInstance {
                id: it.id.clone(),
                name: it.name.clone(),
                started_at: it.started_at.clone(),
                restarts: it.restart_count,
            })
            .collect(),
        mounts: None,
        build: None,
    }
}
