//! What a target's first run found in place, made by others, and how it comes back as it was.

use std::collections::BTreeMap;

use deployhost_plugin::Failure;
use deployhost_plugin::compose::{KeptContainer, Service};
use deployhost_plugin::containers::Container;

use crate::decision::Verb;
use crate::machine::Machine;
use crate::pin::{ContainerInstance, Pin, ServicePin};
use crate::project_state::{ProjectState, lives};

/// On the way back to what was found: how that is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Nobody has touched it since.
    Untouched,
    /// It was put back.
    Stands,
    /// It is gone, or does not run, and can be put back.
    Kept,
}

impl Found {
    /// None: a run of ours had made it, or it cannot be put back. `all`: what is there now.
    fn of(pinned: &ServicePin, kept: &[KeptContainer], all: &[Container]) -> Option<Self> {
        if pinned.configuration.is_some() || pinned.containers.is_empty() {
            return None;
        }
        let as_then = |then: &ContainerInstance, it: &Container| {
            let same = it.id == then.id && it.started_at == then.started_at;
            // The first Compose puts one aside, stopped and under another name, and leaves it so where
            // the next one does not start.
            same && it.name == then.name && lives(it) == pinned.running
        };
        let untouched = |then: &ContainerInstance| all.iter().any(|it| as_then(then, it));
        if pinned.containers.iter().all(untouched) {
            return Some(Self::Untouched);
        }
        let runs = |id: &String| all.iter().any(|it| &it.id == id && lives(it));
        let mut found = Self::Stands;
        for then in &pinned.containers {
            let kept = kept.iter().find(|it| it.id == then.id)?;
            let stands = kept.stands.as_ref();
            if stands.is_none_or(|id| runs(id) != kept.running) {
                found = Self::Kept;
            }
        }
        Some(found)
    }
}

/// Of the services that a release found.
pub fn by_service(
    state: &ProjectState,
    kept: &[KeptContainer],
    all: &[Container],
) -> BTreeMap<String, Found> {
    let names = state.services.iter().map(|it| &it.name);
    let found = names.filter_map(|name| {
        let found = Found::of(state.release_of(name)?, kept, all)?;
        Some((name.clone(), found))
    });
    found.collect()
}

/// Where a release is what was found: what happens to a service on the way there.
pub fn as_found(state: &ProjectState, service: &str) -> Option<(Verb, &'static str)> {
    Some(match state.found.get(service)? {
        Found::Untouched => (Verb::Leave, "it was not touched since it was found"),
        Found::Stands => (Verb::Leave, "it is as it was found"),
        Found::Kept => (Verb::PutBack, "it was found so, made by others"),
    })
}

/// Of the containers that were found for a service.
pub fn found_ids(state: &ProjectState, service: &str) -> Vec<String> {
    let pinned = state.release_of(service).map(|it| &it.containers);
    let ids = pinned.into_iter().flatten().map(|it| it.id.clone());
    ids.collect()
}

/// The services as they were found, where the files of that time are none that could be read: what was
/// found did not come from them.
pub fn or_found(
    services: Result<Vec<Service>, Failure>,
    release: Option<&Pin>,
) -> Result<Vec<Service>, Failure> {
    let (failure, release) = match (services, release) {
        (Err(failure @ Failure::Config(_)), Some(release)) => (failure, release),
        (services, _) => return services,
    };
    let pinned = release.services.iter();
    if pinned.clone().any(|(_, it)| it.configuration.is_some()) {
        return Err(failure);
    }
    Ok(pinned.map(|(name, it)| as_pinned(name, it)).collect())
}

/// Are these such services?
pub fn is_found(services: &[Service]) -> bool {
    services.iter().all(|it| it.compose_version.is_empty())
}

fn as_pinned(name: &str, pinned: &ServicePin) -> Service {
    Service {
        name: name.to_owned(),
        configuration: String::new(),
        configuration_but_commit: String::new(),
        compose_version: String::new(),
        replicas: u32::try_from(pinned.containers.len()).unwrap_or(u32::MAX),
        image: String::new(),
        image_id: Some(pinned.image.clone()),
        build: None,
        build_configuration: String::new(),
        mounts: Vec::new(),
        restart: String::new(),
        health: false,
        depends_on: Vec::new(),
        shares: Vec::new(),
        volumes_from: Vec::new(),
        networks: Vec::new(),
    }
}

/// Those that were just put back and ran before: they are to be up.
pub fn put_back(
    machine: &impl Machine,
    state: &ProjectState,
    service: &str,
    containers: &[Container],
) -> Result<Vec<Container>, Failure> {
    let (found, mut back) = (found_ids(state, service), Vec::new());
    for kept in machine.kept_containers()? {
        // Others were kept for another way back.
        if !found.contains(&kept.id) {
            continue;
        }
        let stands = kept.stands.as_ref();
        match stands.and_then(|id| containers.iter().find(|it| &it.id == id)) {
            Some(container) if kept.running => back.push(Container {
                service: service.to_owned(),
                ..container.clone()
            }),
            Some(_) => {}
            None => {
                let message = format!("{} was put back, but is not as it was found", kept.name);
                return Err(Failure::permanent("compose-restart.not-put-back", message)
                    .parameter("service", service)
                    .parameter("container", &kept.name));
            }
        }
    }
    Ok(back)
}
