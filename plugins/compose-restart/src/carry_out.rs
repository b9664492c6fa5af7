//! The deployment of the services: prepare, keep, touch, wait until it stays up, remember.

use std::collections::BTreeMap;

use deployhost_plugin::compose::Service;
use deployhost_plugin::containers::Container;
use deployhost_plugin::{Context, Failure, Receipt};

use crate::config::Config;
use crate::decision::{Decision, Preparation, Verb};
use crate::dependencies;
use crate::found;
use crate::machine::Machine;
use crate::neighbours::refuse_cut_off;
use crate::observe::{Beside, beside, observe};
use crate::order::{starts, stops};
use crate::pass::Pass;
use crate::pin::Pin;
use crate::prepare::{keep, prepare};
use crate::project_state::{ProjectState, lives};
use crate::receipt::receipt;
use crate::self_restarts::SelfRestarts;
use crate::settle::settle;

pub fn carry_out(
    machine: &impl Machine,
    context: &Context,
    config: &Config,
    pin: Option<&str>,
) -> Result<Receipt, Failure> {
    let pass = Pass::of(context);
    pass.refuse_unmoved()?;
    let release = Pin::demanded(pin)?;
    let services = found::or_found(machine.services(), release.as_ref())?;
    let last = context.last.as_deref();
    let seen = machine.containers()?;
    let mut state = observe(machine, services, &seen, config, &pass, last, release)?;

    let decisions = prepare(machine, config, &mut state)?;
    refuse_cut_off(machine, config, &state, &decisions)?;
    keep(machine, &state, &decisions)?;
    touch(machine, config, &state, &decisions)?;
    let settled = settle(machine, &state, &decisions, config.start_timeout)?;
    let containers = settled.of_services;
    refuse_old_image(&state, &decisions, &containers)?;

    let commit = state.last.as_ref().and_then(|last| last.commit.as_ref());
    let moved = commit != state.commit.as_ref() && state.last.is_some();
    let beside = match found::is_found(&state.services) {
        true => Beside::default(),
        false => beside(machine, config, &state, &settled.all, moved)?,
    };
    let restarts = SelfRestarts::since_last(&state, &decisions, &containers);
    receipt(&state, &decisions, &containers, &beside, &restarts)
}

/// No container was there before: none is to run.
pub fn take_back(machine: &impl Machine, config: &Config) -> Result<(), Failure> {
    let mut containers = machine.containers()?;
    containers.retain(|it| lives(it) && crate::neighbours::is_of(it, &config.file.0));
    for container in containers {
        machine
            .stop(&container.id, config.stop_timeout)
            .map_err(|it| it.while_doing(format!("stopping {}", container.service)))?;
    }
    Ok(())
}

fn touch(
    machine: &impl Machine,
    config: &Config,
    state: &ProjectState,
    decisions: &[Decision],
) -> Result<(), Failure> {
    for service in stops(&state.services, decisions) {
        for container in state
            .containers_of(&service)
            .into_iter()
            .filter(|it| lives(it))
        {
            machine
                .stop(&container.id, config.stop_timeout)
                .map_err(|it| failed("stopping", &service, it))?;
        }
    }
    for decision in starts(&state.services, decisions) {
        let service = decision.service.as_str();
        // It waits for nothing: it was there, and a job that had ended is not run again.
        if decision.verb == Verb::PutBack {
            machine.progress(0, 1, &format!("putting {service} back"));
            let ids = found::found_ids(state, service);
            machine
                .put_back(service, &ids)
                .map_err(|failure| failed("putting back", service, failure))?;
            continue;
        }
        if let Some(service) = state.services.iter().find(|it| it.name == service) {
            dependencies::wait(machine, state, service, config.start_timeout)?;
        }
        if decision.verb != Verb::Restart {
            machine.progress(0, 1, &format!("starting {service}"));
            for taken in state.taken_over_for(service).filter(|it| !it.replaced) {
                machine
                    .remove(service, &taken.id, config.stop_timeout)
                    .map_err(|failure| failed("replacing", &taken.name, failure))?;
            }
            machine
                .up(
                    service,
                    matches!(decision.verb, Verb::Recreate | Verb::TakeOver),
                )
                .map_err(|failure| {
                    show_fallen(machine, state, service);
                    failed("starting", service, failure)
                })?;
            continue;
        }
        machine.progress(0, 1, &format!("restarting {service}"));
        for container in state.containers_of(service) {
            machine
                .restart(&container.id, config.stop_timeout)
                .map_err(|failure| {
                    machine.show_logs(&container.id);
                    failed("restarting", service, failure)
                })?;
        }
    }
    Ok(())
}

/// What Docker refused to start it will refuse again; only a daemon that is away may come back.
fn failed(doing: &str, what: &str, failure: Failure) -> Failure {
    let failure = match failure {
        Failure::Config(diagnostic) | Failure::Other(diagnostic) => Failure::Permanent(diagnostic),
        other => other,
    };
    failure.while_doing(format!("{doing} {what}"))
}

/// A container that was there before fell in another run, whatever its lines say.
fn show_fallen(machine: &impl Machine, state: &ProjectState, service: &str) {
    // The failure to start is what counts; without a list there is nothing to show.
    let containers = machine.containers().unwrap_or_default();
    let before = |id: &String| state.containers.iter().any(|it| &it.id == id);
    for container in containers
        .iter()
        .filter(|it| it.service == service && !lives(it) && !before(&it.id))
    {
        machine.show_logs(&container.id);
    }
}

/// `up` ends well without having done anything where it sees no difference.
fn refuse_old_image(
    state: &ProjectState,
    decisions: &[Decision],
    containers: &[Container],
) -> Result<(), Failure> {
    let replaced = decisions.iter().filter(|it| {
        it.verb.replaces() && it.verb != Verb::PutBack && it.preparation == Preparation::None
    });
    let wanted: BTreeMap<&str, &Service> = state
        .services
        .iter()
        .map(|it| (it.name.as_str(), it))
        .collect();
    for decision in replaced {
        let image = wanted
            .get(decision.service.as_str())
            .and_then(|it| it.image_id.as_deref());
        let old = containers.iter().find(|it| {
            it.service == decision.service && image.is_some_and(|image| image != it.image)
        });
        if let Some(old) = old {
            let message = format!(
                "Compose ended well but left {} on image {}",
                decision.service, old.image
            );
            return Err(
                Failure::permanent("compose-restart.image-not-used", message)
                    .parameter("service", &decision.service)
                    .parameter("image", &old.image),
            );
        }
    }
    Ok(())
}
