//! What stood in a service's place before, made by others: by other files, under the name of another
//! project, by hand, without Compose.
//!
//! Owns which of it is taken over and which is refused. Each such container is kept by the host before
//! it goes; who may go at all is the host's to say, too. How it comes back is [`crate::found`]'s.

use deployhost_plugin::Failure;
use deployhost_plugin::compose::Conflict;
use deployhost_plugin::containers::Container;

use crate::config::Config;
use crate::decision::listed;
use crate::found;
use crate::machine::Machine;
use crate::project_state::ProjectState;

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

/// Adds what stands in the services' places to the state, or says why it may not go.
pub fn look(
    machine: &impl Machine,
    config: &Config,
    state: &mut ProjectState,
) -> Result<(), Failure> {
    let conflicts = machine.conflicts()?;
    let back = state.release.is_some();
    let kept = match back {
        true => machine.kept_containers()?,
        false => Vec::new(),
    };
    if back {
        let own = state.containers.iter().cloned();
        let all: Vec<Container> = own.chain(conflicts.iter().map(container)).collect();
        state.found = found::by_service(state, &kept, &all);
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
        let mut stand = kept.iter().filter_map(|it| it.stands.as_ref());
        if may || stand.any(|id| id == &conflict.id) {
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
            why = format!("{why}; changes: {}", differs.told.join(", "));
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

/// All that stands for the services now, made by these files or not.
pub fn containers(machine: &impl Machine, state: &ProjectState) -> Result<Vec<Container>, Failure> {
    let mut containers = machine.containers()?;
    if !state.found.is_empty() {
        containers.extend(machine.conflicts()?.iter().map(container));
    }
    Ok(containers)
}

/// As one of the service in whose place it stands.
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
