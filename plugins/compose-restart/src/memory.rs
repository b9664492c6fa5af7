//! Pins of what is there: before a change, with what is remembered of it; after one, with what the
//! containers were started from just now.

use std::collections::BTreeSet;

use deployhost_plugin::compose::Service;
use deployhost_plugin::containers::Container;

use crate::facts::{Facts, lives};
use crate::mounts;
use crate::pin::{Instance, Pin, Pinned};

/// What is in place. None: there is no container at all.
pub fn in_place(facts: &Facts) -> Option<Pin> {
    // The services may not have been rendered: their containers are there all the same.
    let wanted = facts.services.iter().map(|service| &service.name);
    let names: BTreeSet<&String> = wanted
        .chain(facts.containers.iter().map(|it| &it.service))
        .collect();
    let services = names.into_iter().map(|name| {
        let mut pinned = seen(&facts.containers_of(name));
        if let Some(last) = facts
            .last_of(name)
            .filter(|last| last.image == pinned.image)
        {
            pinned.build.clone_from(&last.build);
        }
        if let Some(origin) = facts.origin(name) {
            pinned.hash.clone_from(&origin.hash);
            pinned.mounts.clone_from(&origin.mounts);
        }
        (name.clone(), pinned)
    });
    let commit = facts.last.as_ref().and_then(|last| last.commit.clone());
    let pin = Pin::new(commit, services.collect());
    pin.any_container().then_some(pin)
}

/// What was brought: `facts` as they were decided on, and the containers that run since. What was
/// looked at before the start is remembered, not after: a file that changed in between makes the
/// next run restart once too often, never once too seldom.
pub fn brought(facts: &Facts, containers: &[Container]) -> Pin {
    let services = facts.services.iter().map(|service| {
        let of_service: Vec<&Container> = containers
            .iter()
            .filter(|it| it.service == service.name)
            .collect();
        let mut pinned = seen(&of_service);
        if pinned.running || facts.is_oneshot(&service.name) {
            pinned.hash.clone_from(&service.config_hash);
            pinned.mounts = Some(service.mounts.iter().map(mounts::remember).collect());
        }
        pinned.build = built_from(facts, service);
        (service.name.clone(), pinned)
    });
    Pin::new(facts.commit.clone(), services.collect())
}

/// On the way back, what the release knew. Forward, a decision that did not ask for a build knows
/// that the image is of this build context.
fn built_from(facts: &Facts, service: &Service) -> Option<String> {
    if let Some(released) = facts.release_of(&service.name) {
        return released.build.clone();
    }
    let content = service.build.as_ref().map(|build| build.content.clone())?;
    Some(content).filter(|content| !content.is_empty())
}

fn seen(containers: &[&Container]) -> Pinned {
    let first = containers.first();
    Pinned {
        image: first.map(|it| it.image.clone()).unwrap_or_default(),
        hash: first.map(|it| it.config_hash.clone()).unwrap_or_default(),
        running: containers.iter().any(|it| lives(it)),
        containers: containers
            .iter()
            .map(|it| Instance {
                id: it.id.clone(),
                name: it.name.clone(),
                started_at: it.started_at.clone(),
            })
            .collect(),
        mounts: None,
        build: None,
    }
}
