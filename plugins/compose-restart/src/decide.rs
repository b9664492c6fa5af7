//! The decision: per service, what has to happen so that it runs what is wanted, and why.
//!
//! It compares what each container was *started from* with what is wanted now, never what this run
//! happens to move: that is gone after a failed or killed run. What is not known counts as changed.
//! Carrying it out is [`crate::carry_out`]'s.

use deployhost_plugin::compose::Service;
use deployhost_plugin::containers::Container;

use crate::config::Pull;
use crate::decision::{Decision, Preparation, Verb, listed, short_image};
use crate::mounts;
use crate::project_state::{ProjectState, lives};

pub fn decide(state: &ProjectState) -> Vec<Decision> {
    state
        .services
        .iter()
        .map(|service| decide_one(state, service))
        .collect()
}

fn decide_one(state: &ProjectState, service: &Service) -> Decision {
    let decision = |verb, preparation, why: Vec<String>| Decision {
        service: service.name.clone(),
        verb,
        preparation,
        why: why.join("; "),
    };
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
    match last.and_then(|last| Some((last, last.build.as_ref()?))) {
        _ if context.content.is_empty() => build(
            false,
            "what its build context holds is not known".to_owned(),
        ),
        None => build(
            false,
            "what its image was built from is not known".to_owned(),
        ),
        Some((_, then)) if then != &context.content => build(
            true,
            format!("its build context changed{}", state.span(&[&context.path])),
        ),
        // Build arguments are part of the configuration.
        Some((last, _)) if last.hash != service.config_hash => build(
            false,
            "its image was built under another configuration".to_owned(),
        ),
        Some(_) => (Preparation::None, None),
    }
}

/// The hash can contain the image id: it proves nothing while the name stands for another image.
fn is_comparable(service: &Service, container: &Container) -> bool {
    service.image_id.as_ref() == Some(&container.image)
}

/// By its label, or, should Compose label otherwise than it foretells, by what was foretold.
fn is_as_configured(state: &ProjectState, service: &Service, container: &Container) -> bool {
    let foretold = state.origin(&service.name).map(|origin| &origin.hash);
    container.config_hash == service.config_hash || foretold == Some(&service.config_hash)
}

/// What has to happen as far as is known before the preparation.
fn compare(
    state: &ProjectState,
    service: &Service,
    preparation: Preparation,
) -> (Verb, Vec<String>) {
    let containers = state.containers_of(&service.name);
    if containers.is_empty() {
        return (Verb::Create, vec!["it has no container".to_owned()]);
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
    if !reasons.is_empty() {
        let unseen = containers
            .iter()
            .all(|it| is_as_configured(state, service, it));
        let force = unseen || containers.iter().any(|it| is_renamed(it));
        return (Verb::Recreate { force }, reasons);
    }
    reasons.extend(to_restart(state, service, &containers));
    if !reasons.is_empty() {
        return (Verb::Restart, reasons);
    }
    (
        Verb::Leave,
        vec!["nothing that it was started from changed".to_owned()],
    )
}

/// Compose renames a container before it replaces it. Where the new one then fails to start, only a
/// forced `up` gives the name back.
fn is_renamed(container: &Container) -> bool {
    let id = container.id.get(..12).unwrap_or(&container.id);
    container
        .name
        .strip_prefix(id)
        .is_some_and(|rest| rest.starts_with('_'))
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
        Preparation::Build { .. } | Preparation::Pull => None,
    };
    if let Some(wanted) = wanted.filter(|wanted| *wanted != container.image) {
        let (from, to) = (short_image(&container.image), short_image(wanted));
        return Some(format!("its image changed ({from} → {to})"));
    }
    let changed = is_comparable(service, container) && !is_as_configured(state, service, container);
    changed.then(|| "its configuration in the Compose file changed".to_owned())
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
    match state.origin(&service.name) {
        Some(origin) if origin.mounts.is_some() => mounts::changed(state, service, origin)
            .into_iter()
            .collect(),
        _ => vec!["it was not started by deployhost as it runs now".to_owned()],
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
