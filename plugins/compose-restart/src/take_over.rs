//! What stood in a service's place before, made by others: by other files, under the name of another
//! project, by hand, without Compose.
//!
//! Owns which of it is taken over and which is refused, and how it comes back as it was. Each such
//! container is kept by the host before it goes; who may go at all is the host's to say, too.

use deployhost_plugin::Failure;
use deployhost_plugin::compose::{Conflict, Service};
use deployhost_plugin::containers::Container;

use crate::config::Config;
use crate::decision::{Verb, listed};
use crate::machine::Machine;
use crate::pin::{Pin, ServicePin};
use crate::project_state::{ProjectState, lives};

/// A container that makes way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenOver {
    pub id: String,
    pub name: String,
    pub service: String,
    /// For people: what it was made from, and how what comes differs.
    pub why: String,
    /// Compose itself replaces it.
    pub replaced: bool,
}

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

/// Adds what stands in the services' places to the state, or says why it may not go.
pub fn look(
    machine: &impl Machine,
    config: &Config,
    state: &mut ProjectState,
) -> Result<(), Failure> {
    let conflicts = machine.conflicts()?;
    let (back, mut stand) = (state.release.is_some(), Vec::new());
    if back {
        let kept = machine.kept_containers()?;
        stand.extend(kept.iter().filter_map(|it| it.stands.clone()));
        let names: Vec<String> = state.services.iter().map(|it| it.name.clone()).collect();
        for service in names {
            let running = |id: &String| {
                let mut all = state.containers.iter().map(|it| (&it.id, lives(it)));
                let others = conflicts.iter();
                let mut others = others.map(|it| (&it.id, lives(&container(it))));
                all.any(|it| it == (id, true)) || others.any(|it| it == (id, true))
            };
            let Some(pinned) = state.release_of(&service) else {
                continue;
            };
            if pinned.configuration.is_some() || pinned.containers.is_empty() {
                continue;
            }
            let others: Vec<Container> = conflicts.iter().map(container).collect();
            let untouched = pinned.containers.iter().all(|then| {
                // The first Compose puts one aside, stopped and under another name, and leaves it so
                // where the next one does not start.
                let as_then = |it: &&Container| {
                    let same = it.id == then.id && it.started_at == then.started_at;
                    same && it.name == then.name && lives(it) == pinned.running
                };
                let all = state.containers.iter().chain(&others);
                all.filter(as_then).count() == 1
            });
            let of = |id: &String| kept.iter().find(|it| &it.id == id);
            let ids = || pinned.containers.iter().map(|it| &it.id);
            let found = if untouched {
                Found::Untouched
            } else if !ids().all(|id| of(id).is_some()) {
                continue;
            } else if ids().filter_map(of).all(|it| {
                let stands = it.stands.as_ref();
                stands.is_some_and(|id| running(id) == it.running)
            }) {
                Found::Stands
            } else {
                Found::Kept
            };
            state.found.insert(service, found);
        }
    }
    for conflict in conflicts {
        let known = state.last_of(&conflict.service).is_some_and(|last| {
            let mut ids = last.containers.iter().map(|it| &it.id);
            ids.any(|id| id == &conflict.id)
        });
        let may = known || conflict.allowed || conflict.kind == "moved";
        if !may && !back {
            return Err(refused(&conflict, config));
        }
        if may || stand.contains(&conflict.id) {
            add(machine, state, &conflict, known)?;
        }
    }
    if !back {
        tell_differences(machine, state)?;
    }
    Ok(())
}

fn add(
    machine: &impl Machine,
    state: &mut ProjectState,
    conflict: &Conflict,
    known: bool,
) -> Result<(), Failure> {
    let mut why = described(conflict, state);
    if state.release.is_none() {
        let differs = machine.differences(&conflict.service, &conflict.id)?;
        if let Some((from, to)) = differs.volumes.first()
            && !known
            && !conflict.allowed
        {
            return Err(volume_left(conflict, from, to));
        }
        if !differs.told.is_empty() {
            why = format!("{why}; with it, {}", differs.told.join(", "));
        }
    }
    state.taken_over.push(TakenOver {
        id: conflict.id.clone(),
        name: conflict.name.clone(),
        service: conflict.service.clone(),
        why,
        replaced: conflict.replaced,
    });
    state.containers.push(container(conflict));
    Ok(())
}

fn described(conflict: &Conflict, state: &ProjectState) -> String {
    let files = || {
        conflict
            .files
            .iter()
            .map(|it| state.shown(it))
            .collect::<Vec<_>>()
    };
    match conflict.kind.as_str() {
        "moved" if conflict.files.is_empty() => conflict.detail.clone(),
        "stranger" => format!("{}: {}", conflict.name, conflict.detail),
        _ if conflict.replaced => {
            format!("{} was made from {}", conflict.name, listed(&files()))
        }
        _ => format!(
            "{} was made from {} as project {}",
            conflict.name,
            listed(&files()),
            conflict.project
        ),
    }
}

/// Of the containers of these very files that no run of ours knows.
fn tell_differences(machine: &impl Machine, state: &mut ProjectState) -> Result<(), Failure> {
    let names: Vec<String> = state.services.iter().map(|it| it.name.clone()).collect();
    for service in names {
        let taken = state.taken_over_for(&service).next().is_some();
        let containers = state.containers_of(&service);
        let made = state.made(&service);
        let known = made.is_some_and(|it| it.configuration.is_some());
        let Some(first) = containers.first().filter(|_| !known && !taken) else {
            continue;
        };
        let differs = machine.differences(&service, &first.id)?;
        if !differs.told.is_empty() {
            state.differences.insert(service, differs.told);
        }
    }
    Ok(())
}

fn refused(conflict: &Conflict, config: &Config) -> Failure {
    let Conflict {
        service,
        name,
        detail,
        ..
    } = conflict;
    let over = format!("take_over = [\"{name}\"]");
    let (code, message) = match conflict.kind.as_str() {
        "override" => (
            "compose-restart.override-unnamed",
            format!(
                "{service} runs from {detail} too, which the plan does not name: it would be replaced by one \
                 without it; name it after {} in `file`, or, if it is to go, write {over}",
                listed(&config.file.0),
            ),
        ),
        "other-files" => (
            "compose-restart.service-taken",
            format!(
                "{service} already runs in project {} from {detail}: starting it from {} would replace that \
                 container; give the plans different projects, or, if it is to be replaced, write {over}",
                conflict.project,
                listed(&config.file.0),
            ),
        ),
        _ => (
            "compose-restart.place-taken",
            format!(
                "container {name} is in the way of {service}: {detail}; if {service} is to replace it, write {over}"
            ),
        ),
    };
    Failure::config(code, message)
        .parameter("service", service)
        .parameter("container", name)
        .parameter("project", &conflict.project)
}

/// The new one would begin with nothing in it.
fn volume_left(conflict: &Conflict, from: &str, to: &str) -> Failure {
    let Conflict { service, name, .. } = conflict;
    let message = format!(
        "{name} has its data in the volume {from}, and {service} would have {to} in its place: write project = \"{}\", \
         give the volume its name in the file (`name: {from}`), or, if the data is not wanted, write \
         take_over = [\"{name}\"]",
        conflict.project,
    );
    Failure::config("compose-restart.volume-left-behind", message)
        .parameter("service", service)
        .parameter("container", name)
        .parameter("volume", from)
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

/// All that stands for the services now, made by these files or not.
pub fn containers(machine: &impl Machine, state: &ProjectState) -> Result<Vec<Container>, Failure> {
    let mut containers = machine.containers()?;
    if !state.found.is_empty() {
        containers.extend(machine.conflicts()?.iter().map(container));
    }
    Ok(containers)
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

fn container(conflict: &Conflict) -> Container {
    let it = conflict.clone();
    Container {
        id: it.id,
        name: it.name,
        project: it.project,
        service: it.service,
        image: it.image,
        state: it.state,
        health: it.health,
        exit_code: it.exit_code,
        restart_count: it.restart_count,
        started_at: it.started_at,
        shares: it.shares,
        networks: it.networks,
        config_files: it.files,
        compose_version: it.compose_version,
    }
}
