//! The decision: per service, what has to happen so that it runs what is wanted, and why.
//!
//! It compares what each container was *started from* with what is wanted now, never what this run
//! happens to move: that is gone after a failed or killed run. What is not known counts as changed.
//! Carrying it out is [`crate::carry_out`]'s.

use deployhost_plugin::compose::Service;
use deployhost_plugin::containers::Container;

use crate::config::Pull;
use crate::decision::{Decision, Preparation, Verb, listed, short_image};
use crate::pin::Configuration;
use crate::project_state::{ProjectState, lives};
use crate::{dependents, found, mounts};

pub fn decide(state: &ProjectState) -> Vec<Decision> {
    let mut decisions: Vec<Decision> = state
        .services
        .iter()
        .map(|service| decide_one(state, service))
        .collect();
    dependents::follow(state, &mut decisions);
    decisions
}

fn decide_one(state: &ProjectState, service: &Service) -> Decision {
    let decision = |verb, preparation, why: Vec<String>| Decision {
        service: service.name.clone(),
        verb,
        preparation,
        why: why.join("; "),
    };
    if let Some((verb, why)) = found::as_found(state, &service.name) {
        return decision(verb, Preparation::None, vec![why.to_owned()]);
    }
    if let Some(verb) = absent_in_release(state, service) {
        return decision(
            verb,
            Preparation::None,
            vec!["it did not run in that release".to_owned()],
        );
    }
    let (preparation, first) = prepare(state, service);
    let (verb, reasons) = compare(state, service, preparation);
    let mut why: Vec<String> = first.into_iter().collect();
    if verb != Verb::Leave || why.is_empty() {
        why.extend(reasons);
    }
    decision(verb, preparation, why)
}

/// A release also has what did *not* run.
fn absent_in_release(state: &ProjectState, service: &Service) -> Option<Verb> {
    let released = state.release_of(&service.name)?;
    let ended = state.is_oneshot(&service.name) && !released.containers.is_empty();
    if released.running || ended {
        return None;
    }
    let runs = state.containers_of(&service.name).into_iter().any(lives);
    Some(if runs { Verb::Stop } else { Verb::Leave })
}

/// The image that the service's name has to stand for, before anything stops.
fn prepare(state: &ProjectState, service: &Service) -> (Preparation, Option<String>) {
    if let Some(released) = state.released_image(&service.name) {
        if service.image_id.as_deref() == Some(released) {
            return (Preparation::None, None);
        }
        let why = format!(
            "its image name stands for another image than the release's {}",
            short_image(released)
        );
        return (Preparation::Retag, Some(why));
    }
    if state.prepared.contains(&service.name) {
        return (Preparation::None, None);
    }
    if service.build.is_some() {
        return prepare_build(state, service);
    }
    match (state.pull, &service.image_id) {
        (Pull::Always, _) => (
            Preparation::Pull,
            Some("its image is pulled first".to_owned()),
        ),
        (_, None) => (
            Preparation::Pull,
            Some("its image is not on this machine yet".to_owned()),
        ),
        _ => (Preparation::None, None),
    }
}

/// An image is known to be of a build context only while the name still stands for the image that
/// was built from it: a run that was killed may have left a newer one there.
fn prepare_build(state: &ProjectState, service: &Service) -> (Preparation, Option<String>) {
    let build = |sure, why: String| (Preparation::Build { sure }, Some(why));
    let (Some(context), Some(present)) = (&service.build, &service.image_id) else {
        return build(true, "its image was not built here yet".to_owned());
    };
    let last = state
        .last_of(&service.name)
        .filter(|last| &last.image == present);
    match last.and_then(|last| last.build.as_ref()) {
        _ if context.content.is_empty() => build(
            false,
            "what its build context holds is not known".to_owned(),
        ),
        None => build(
            false,
            "what its image was built from is not known".to_owned(),
        ),
        Some(then) if then.content != context.content => build(
            true,
            format!("its build context changed{}", state.span(&[&context.path])),
        ),
        Some(then) if then.configuration != service.build_configuration => build(
            false,
            "its image was built under another configuration".to_owned(),
        ),
        Some(_) => (Preparation::None, None),
    }
}

/// What has to happen as far as is known before the preparation.
fn compare(
    state: &ProjectState,
    service: &Service,
    preparation: Preparation,
) -> (Verb, Vec<String>) {
    let containers = state.containers_of(&service.name);
    match (containers.len(), service.replicas) {
        (0, 0) => return (Verb::Leave, vec!["no container of it is wanted".to_owned()]),
        (0, _) => return (Verb::Create, vec!["it has no container".to_owned()]),
        _ => {}
    }
    let taken: Vec<String> = state
        .taken_over_for(&service.name)
        .map(|it| it.why.clone())
        .collect();
    if !taken.is_empty() {
        return (Verb::TakeOver, taken);
    }
    let mut reasons = Vec::new();
    for container in &containers {
        reasons.extend(to_recreate(state, service, preparation, container));
    }
    reasons.extend(
        state
            .origin(&service.name)
            .and_then(|origin| mounts::replaced(state, service, origin)),
    );
    reasons.dedup();
    let replaced = !reasons.is_empty();
    let scaled = to_scale(service, containers.len());
    let restarted = match replaced || service.replicas == 0 {
        true => Vec::new(),
        false => to_restart(state, service, &containers),
    };
    let verb = match (replaced, &scaled, restarted.is_empty()) {
        (true, ..) | (_, Some(_), false) => Verb::Recreate,
        (_, Some(_), true) => Verb::Scale,
        (_, None, false) => Verb::Restart,
        (_, None, true) => Verb::Leave,
    };
    reasons.extend(restarted.into_iter().chain(scaled));
    if reasons.is_empty() {
        reasons.push("nothing that it was started from changed".to_owned());
    }
    (verb, reasons)
}

fn to_scale(service: &Service, there: usize) -> Option<String> {
    let wanted = service.replicas;
    (u32::try_from(there) != Ok(wanted))
        .then(|| format!("it has {there} containers, the Compose file wants {wanted}"))
}

fn to_recreate(
    state: &ProjectState,
    service: &Service,
    preparation: Preparation,
    container: &Container,
) -> Option<String> {
    if matches!(container.state.as_str(), "dead" | "removing") {
        return Some(format!("its container is {}", container.state));
    }
    let named = service.image_id.as_deref();
    let wanted = match preparation {
        Preparation::None => named,
        Preparation::Retag => state.released_image(&service.name),
        // Not here yet.
        Preparation::Build { .. } | Preparation::Pull | Preparation::Another => None,
    };
    if let Some(wanted) = wanted.filter(|wanted| *wanted != container.image) {
        let (from, to) = (short_image(&container.image), short_image(wanted));
        return Some(format!("its image changed ({from} → {to})"));
    }
    if lives_in_what_is_gone(state, service, container) {
        let donors = listed(&service.shares);
        return Some(format!(
            "the container of {donors} that it lives in is gone"
        ));
    }
    let connected = |name: &&String| container.networks.contains(name);
    if lives(container)
        && let Some(network) = service.networks.iter().find(|it| !connected(it))
    {
        return Some(format!("it is not connected to the network {network}"));
    }
    reconfigured(state, service)
}

fn lives_in_what_is_gone(state: &ProjectState, service: &Service, container: &Container) -> bool {
    let seen = |name: &String| state.services.iter().any(|it| &it.name == name);
    let gone = |id: &String| !state.containers.iter().any(|it| &it.id == id);
    service.shares.iter().all(seen) && container.shares.iter().any(gone)
}

/// What its containers were made from, against what is wanted.
fn reconfigured(state: &ProjectState, service: &Service) -> Option<String> {
    let made = state.made(&service.name);
    let Some(made) = made.and_then(|made| made.configuration.as_ref()) else {
        let unknown = "it is not known what its container was created from".to_owned();
        return Some(match state.differences.get(&service.name) {
            Some(told) => format!("{unknown}; changes: {}", told.join(", ")),
            None => unknown,
        });
    };
    let now = Configuration::of(service);
    if made.digest == now.digest {
        return None;
    }
    Some(if made.but_commit == now.but_commit {
        "only the commit that it is given changed".to_owned()
    } else if made.compose != now.compose {
        format!(
            "its configuration in the Compose file changed, or Compose {} reads it otherwise than {} did",
            now.compose, made.compose
        )
    } else {
        "its configuration in the Compose file changed".to_owned()
    })
}

fn to_restart(state: &ProjectState, service: &Service, containers: &[&Container]) -> Vec<String> {
    let ended_well = |it: &Container| {
        state.is_oneshot(&service.name) && it.state == "exited" && it.exit_code == 0
    };
    let down: Vec<String> = containers
        .iter()
        .filter(|it| it.state != "running" && !ended_well(it))
        .map(|it| not_running(it))
        .collect();
    if !down.is_empty() {
        return vec![listed(&down)];
    }
    if let Some(origin) = state.origin(&service.name)
        && origin.mounts.is_some()
    {
        return mounts::changed(state, service, origin);
    }
    // Somebody else started it, perhaps while a file that it reads at its start was another.
    match mounts::has_code(service) {
        true => vec!["it was not started by deployhost as it runs now".to_owned()],
        false => Vec::new(),
    }
}

fn not_running(container: &Container) -> String {
    match container.state.as_str() {
        "exited" => format!("it is not running (exited with {})", container.exit_code),
        "restarting" => "it keeps restarting".to_owned(),
        "created" => "it was created but never started".to_owned(),
        other => format!("it is {other}"),
    }
}
