//! Brings the images that the services are to run, and keeps those that they run now. All of it
//! happens while everything still runs: an image that cannot be had changes nothing.

use std::collections::BTreeSet;

use deployhost_plugin::Failure;

use crate::config::Config;
use crate::decide::decide;
use crate::decision::{Decision, Preparation, Verb};
use crate::facts::Facts;
use crate::machine::Machine;

/// Carries the preparations out, and returns what is left to decide: nothing is deferred any more.
pub fn prepare(
    machine: &impl Machine,
    config: &Config,
    facts: &mut Facts,
) -> Result<Vec<Decision>, Failure> {
    let decisions = decide(facts);
    let to_prepare: Vec<&Decision> = decisions
        .iter()
        .filter(|it| it.preparation != Preparation::None)
        .collect();
    if to_prepare.is_empty() {
        return Ok(decisions);
    }
    for (done, decision) in to_prepare.iter().enumerate() {
        let service = decision.service.as_str();
        let told =
            |doing: &str| machine.progress(done, to_prepare.len(), &format!("{service}: {doing}"));
        match decision.preparation {
            Preparation::None => {}
            Preparation::Build { .. } => {
                told("building its image");
                machine
                    .build(service)
                    .map_err(|it| it.while_doing(format!("building {service}")))?;
            }
            Preparation::Pull => {
                told("pulling its image");
                let policy = config.pull.word();
                machine
                    .pull(service, policy)
                    .map_err(|it| it.while_doing(format!("pulling the image of {service}")))?;
            }
            Preparation::Retag => {
                let image = facts.released_image(service).unwrap_or_default().to_owned();
                machine
                    .use_image(service, &image)
                    .map_err(|it| it.while_doing(format!("giving {service} its image back")))?;
            }
        }
        facts.prepared.insert(service.to_owned());
    }
    // What Compose compares can contain the image.
    facts.services = machine.services()?;
    let decisions = decide(facts);
    refuse_unprepared(facts, &decisions)?;
    Ok(decisions)
}

/// What may be needed to come back here, and what the coming release consists of.
pub fn keep(machine: &impl Machine, facts: &Facts, decisions: &[Decision]) -> Result<(), Failure> {
    if decisions.iter().all(|it| it.verb == Verb::Leave) {
        return Ok(());
    }
    let present = facts
        .containers
        .iter()
        .map(|it| (it.service.as_str(), it.image.as_str()));
    let coming = facts
        .services
        .iter()
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

/// Compose can end well without an image to show for it.
fn refuse_unprepared(facts: &Facts, decisions: &[Decision]) -> Result<(), Failure> {
    for (service, decision) in facts.services.iter().zip(decisions) {
        let prepared = facts.prepared.contains(&service.name);
        if decision.preparation != Preparation::None || (prepared && service.image_id.is_none()) {
            return Err(Failure::Permanent(format!(
                "`{}` does not stand for the image that {} is to run, although bringing it ended well",
                service.image, service.name,
            )));
        }
    }
    Ok(())
}
