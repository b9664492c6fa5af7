//! Brings the images that the services are to run, and keeps those that they run now. All of it
//! happens while everything still runs: an image that cannot be had changes nothing.

use std::collections::BTreeSet;

use deployhost_plugin::Failure;
use deployhost_plugin::containers::Container;

use crate::config::Config;
use crate::decide::decide;
use crate::decision::{Decision, Preparation, Verb};
use crate::machine::Machine;
use crate::project_state::ProjectState;

/// Carries the preparations out, and returns what is left to decide: nothing is deferred any more.
pub fn prepare(
    machine: &impl Machine,
    config: &Config,
    state: &mut ProjectState,
) -> Result<Vec<Decision>, Failure> {
    let decisions = decide(state);
    let to_prepare: Vec<&Decision> = decisions
        .iter()
        .filter(|it| !matches!(it.preparation, Preparation::None | Preparation::Another))
        .collect();
    if to_prepare.is_empty() {
        return Ok(decisions);
    }
    for (done, decision) in to_prepare.iter().enumerate() {
        let service = decision.service.as_str();
        let report =
            |doing: &str| machine.progress(done, to_prepare.len(), &format!("{service}: {doing}"));
        match decision.preparation {
            Preparation::None | Preparation::Another => {}
            Preparation::Build { .. } => {
                report("building its image");
                machine
                    .build(service)
                    .map_err(|it| it.while_doing(format!("building {service}")))?;
            }
            Preparation::Pull => {
                report("pulling its image");
                let policy = config.pull.word();
                machine
                    .pull(service, policy)
                    .map_err(|it| it.while_doing(format!("pulling the image of {service}")))?;
            }
            Preparation::Retag => {
                let image = state.released_image(service).unwrap_or_default().to_owned();
                machine
                    .use_image(service, &image)
                    .map_err(|it| it.while_doing(format!("giving {service} its image back")))?;
            }
        }
        state.prepared.insert(service.to_owned());
    }
    // Their names stand for other images by now.
    state.services = machine.services()?;
    let decisions = decide(state);
    refuse_unprepared(state, &decisions)?;
    Ok(decisions)
}

/// What may be needed to come back here, and what the coming release consists of.
pub fn keep(
    machine: &impl Machine,
    state: &ProjectState,
    decisions: &[Decision],
) -> Result<(), Failure> {
    if decisions.iter().all(|it| it.verb == Verb::Leave) {
        return Ok(());
    }
    keep_found(machine, state, decisions)?;
    // One of others that is kept has its image kept with it.
    let own = |it: &&Container| {
        let taken = state.taken_over.iter().any(|taken| taken.id == it.id);
        !taken && !state.found.contains_key(&it.service)
    };
    let present = state
        .containers
        .iter()
        .filter(own)
        .map(|it| (it.service.as_str(), it.image.as_str()));
    let coming = state
        .services
        .iter()
        .filter(|it| !state.found.contains_key(&it.name))
        .filter_map(|it| Some((it.name.as_str(), it.image_id.as_deref()?)));
    let images: BTreeSet<(&str, &str)> = present
        .chain(coming)
        .filter(|(_, image)| !image.is_empty())
        .collect();
    for (service, image) in images {
        machine
            .keep(service, image)
            .map_err(|it| it.while_doing(format!("keeping the image of {service}")))?;
    }
    Ok(())
}

/// How the containers were made that no run of ours made, and that are about to go.
fn keep_found(
    machine: &impl Machine,
    state: &ProjectState,
    decisions: &[Decision],
) -> Result<(), Failure> {
    if state.release.is_some() {
        return Ok(());
    }
    let gone = |it: &&Decision| it.verb.replaces() || it.verb == Verb::Scale;
    for decision in decisions.iter().filter(gone) {
        let service = decision.service.as_str();
        if state.made(service).is_some() {
            continue;
        }
        for container in state.containers.iter().filter(|it| it.service == service) {
            let kept = machine.keep_container(service, &container.id);
            kept.map_err(|it| it.while_doing(format!("keeping {}", container.name)))?;
        }
    }
    Ok(())
}

/// Compose can end well without an image to show for it.
fn refuse_unprepared(state: &ProjectState, decisions: &[Decision]) -> Result<(), Failure> {
    for (service, decision) in state.services.iter().zip(decisions) {
        let prepared = state.prepared.contains(&service.name);
        if decision.preparation != Preparation::None || (prepared && service.image_id.is_none()) {
            let message = format!(
                "`{}` does not stand for the image that {} is to run, although bringing it ended well",
                service.image, service.name,
            );
            return Err(
                Failure::permanent("compose-restart.image-not-prepared", message)
                    .parameter("service", &service.name)
                    .parameter("image", &service.image),
            );
        }
    }
    Ok(())
}
