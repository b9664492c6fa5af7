//! Waits until every service is up and stays so, and reports meanwhile for whom.

use std::collections::BTreeSet;

use deployhost_plugin::compose::Service;
use deployhost_plugin::containers::Container;
use deployhost_plugin::{Duration, Failure};

use crate::container_watch::WatchedContainer;
use crate::decision::{Decision, Verb, listed};
use crate::found;
use crate::held::{connected, held};
use crate::machine::Machine;
use crate::project_state::{ProjectState, lives};
use crate::stability::{ContainerFailure, Stability, StabilityStatus};
use crate::take_over;

const INTERVAL: Duration = Duration::from_millis(500);
/// The longest step that the clock is believed to have made between two samples.
const LEAP: u64 = 30_000;

/// What was seen last, when all that is to be up was.
pub struct Settled {
    /// The services' containers.
    pub of_services: Vec<Container>,
    /// Every one of the project.
    pub all: Vec<Container>,
}

/// Returns once the services' containers are up.
pub fn settle(
    machine: &impl Machine,
    state: &ProjectState,
    decisions: &[Decision],
    timeout: Duration,
) -> Result<Settled, Failure> {
    let mut containers = take_over::containers(machine, state)?;
    let watched = watch(machine, state, decisions, &containers)?;
    let ids: BTreeSet<String> = watched.iter().map(|it| it.container.id.clone()).collect();
    let mut stability = Stability::new(watched);
    let (mut elapsed, mut at) = (0, machine.now_ms());
    loop {
        match stability.sample(elapsed, &containers) {
            StabilityStatus::Stable => {
                let own = |it: &&Service| !state.found.contains_key(&it.name);
                for service in state.services.iter().filter(own) {
                    connected(service, &containers)?;
                }
                let of_services = containers.iter().filter(|it| ids.contains(&it.id));
                return Ok(Settled {
                    of_services: of_services.cloned().collect(),
                    all: containers,
                });
            }
            StabilityStatus::Failed(failure) => return Err(failed(machine, failure)),
            StabilityStatus::Waiting { others, .. } if elapsed >= timeout.as_millis() => {
                return Err(failed(machine, stability.give_up(&others, timeout)));
            }
            StabilityStatus::Waiting { up, others } => {
                machine.progress(up, stability.count(), &waiting(&others, elapsed, timeout));
            }
        }
        containers = loop {
            machine.sleep(INTERVAL)?;
            let now = machine.now_ms();
            elapsed += now.saturating_sub(at).clamp(INTERVAL.as_millis(), LEAP);
            at = now;
            match take_over::containers(machine, state) {
                Err(Failure::Temporary(_)) if elapsed < timeout.as_millis() => {}
                answer => break answer?,
            }
        };
    }
}

/// Per service, the containers that are to be up. What was left has to be as it was decided on.
fn watch(
    machine: &impl Machine,
    state: &ProjectState,
    decisions: &[Decision],
    containers: &[Container],
) -> Result<Vec<WatchedContainer>, Failure> {
    let mut watched = Vec::new();
    for (service, decision) in state.services.iter().zip(decisions) {
        let before = state.containers_of(&service.name);
        let here: Vec<Container> = match decision.verb {
            Verb::Stop => continue,
            Verb::Leave if absent(state, &service.name) => continue,
            Verb::PutBack => found::put_back(machine, state, &service.name, containers)?,
            Verb::Leave => before.iter().copied().cloned().collect(),
            verb => held(verb, service, &before, containers)?,
        };
        let oneshot = state.is_oneshot(&service.name);
        watched.extend(here.into_iter().map(|container| {
            WatchedContainer {
                touched: !before
                    .iter()
                    .any(|it| it.id == container.id && it.started_at == container.started_at),
                container,
                oneshot,
            }
        }));
    }
    Ok(watched)
}

/// It is left because it did not run in the release either.
fn absent(state: &ProjectState, service: &str) -> bool {
    state.release_of(service).is_some_and(|it| !it.running)
        && !state.containers_of(service).into_iter().any(lives)
        && !state.is_oneshot(service)
}

fn waiting(others: &[(String, String)], elapsed: u64, timeout: Duration) -> String {
    let time = format!("{} s of {} s", elapsed / 1_000, timeout.as_secs());
    match others {
        [(service, what)] => format!("{service}: {what}, {time}"),
        several => {
            let names: Vec<String> = several.iter().map(|(service, _)| service.clone()).collect();
            format!("waiting for {}, {time}", listed(&names))
        }
    }
}

fn failed(machine: &impl Machine, failure: ContainerFailure) -> Failure {
    machine.show_logs(&failure.container);
    Failure::Permanent(failure.diagnostic)
}
