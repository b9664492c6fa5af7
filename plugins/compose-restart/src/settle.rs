//! Waits until every service is up and stays so, and says meanwhile for whom.

use std::collections::BTreeSet;

use deployhost_plugin::containers::Container;
use deployhost_plugin::{Duration, Failure};

use crate::decision::{Decision, Verb, listed};
use crate::facts::{Facts, lives};
use crate::machine::Machine;
use crate::stability::{Fault, Stability, Verdict, Watched};

const INTERVAL: Duration = Duration::from_millis(500);
/// The longest step that the clock is believed to have made between two samples.
const LEAP: u64 = 30_000;

/// The services' containers, once they are up.
pub fn settle(
    machine: &impl Machine,
    facts: &Facts,
    decisions: &[Decision],
    timeout: Duration,
) -> Result<Vec<Container>, Failure> {
    let mut containers = machine.containers()?;
    let watched = watch(facts, decisions, &containers)?;
    let ids: BTreeSet<String> = watched.iter().map(|it| it.container.id.clone()).collect();
    let mut stability = Stability::new(watched);
    let (mut elapsed, mut at) = (0, machine.now_ms());
    loop {
        match stability.sample(elapsed, &containers) {
            Verdict::Stable => {
                containers.retain(|it| ids.contains(&it.id));
                return Ok(containers);
            }
            Verdict::Failed(fault) => return Err(failed(machine, fault)),
            Verdict::Waiting { others, .. } if elapsed >= timeout.as_millis() => {
                return Err(failed(machine, stability.give_up(&others, timeout)));
            }
            Verdict::Waiting { up, others } => {
                machine.progress(up, stability.count(), &told(&others, elapsed, timeout));
            }
        }
        containers = loop {
            machine.sleep(INTERVAL)?;
            let now = machine.now_ms();
            elapsed += now.saturating_sub(at).clamp(INTERVAL.as_millis(), LEAP);
            at = now;
            match machine.containers() {
                Err(Failure::Temporary(_)) if elapsed < timeout.as_millis() => {}
                answer => break answer?,
            }
        };
    }
}

/// Per service, the containers that are to be up. What was left has to be as it was decided on.
fn watch(
    facts: &Facts,
    decisions: &[Decision],
    containers: &[Container],
) -> Result<Vec<Watched>, Failure> {
    let mut watched = Vec::new();
    for decision in decisions.iter().filter(|it| it.verb != Verb::Stop) {
        let service = decision.service.as_str();
        let before = facts.containers_of(service);
        let touched = decision.verb != Verb::Leave;
        let oneshot = facts.is_oneshot(service);
        let here: Vec<Container> = match decision.verb {
            Verb::Leave if absent(facts, service) => continue,
            Verb::Leave | Verb::Restart => before.into_iter().cloned().collect(),
            _ => started(containers, service, &before),
        };
        if here.is_empty() {
            return Err(Failure::Permanent(format!(
                "Compose ended well but {service} has no container"
            )));
        }
        let at_start = |it: Container| match decision.verb {
            Verb::Leave => it,
            _ => containers
                .iter()
                .find(|now| now.id == it.id)
                .cloned()
                .unwrap_or(it),
        };
        watched.extend(here.into_iter().map(|it| Watched {
            container: at_start(it),
            touched,
            oneshot,
        }));
    }
    Ok(watched)
}

/// It is left because it did not run in the release either.
fn absent(facts: &Facts, service: &str) -> bool {
    facts.release_of(service).is_some_and(|it| !it.running)
        && !facts.containers_of(service).into_iter().any(lives)
        && !facts.is_oneshot(service)
}

/// What `up` has started: not what an earlier start that failed has left there.
fn started(containers: &[Container], service: &str, before: &[&Container]) -> Vec<Container> {
    let all = || containers.iter().filter(|it| it.service == service);
    let is_new = |it: &&Container| lives(it) || !before.iter().any(|old| old.id == it.id);
    let new: Vec<Container> = all().filter(is_new).cloned().collect();
    if new.is_empty() {
        all().cloned().collect()
    } else {
        new
    }
}

fn told(others: &[(String, String)], elapsed: u64, timeout: Duration) -> String {
    let time = format!("{} s of {} s", elapsed / 1_000, timeout.as_secs());
    match others {
        [(service, what)] => format!("{service}: {what}, {time}"),
        several => {
            let names: Vec<String> = several.iter().map(|(service, _)| service.clone()).collect();
            format!("waiting for {}, {time}", listed(&names))
        }
    }
}

fn failed(machine: &impl Machine, fault: Fault) -> Failure {
    machine.show_logs(&fault.container);
    Failure::Permanent(fault.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(id: &str, state: &str) -> Container {
        Container {
            id: id.into(),
            name: String::new(),
            project: String::new(),
            service: "app".into(),
            image: String::new(),
            state: state.into(),
            health: None,
            exit_code: 0,
            restart_count: 0,
            started_at: String::new(),
            config_files: vec![],
            config_hash: String::new(),
            compose_version: String::new(),
        }
    }

    #[test]
    fn what_an_earlier_start_left_is_not_waited_for_and_what_fell_at_once_is() {
        let old = container("old", "created");
        for (now, watched) in [
            (vec![old.clone(), container("new", "running")], vec!["new"]),
            (vec![old.clone(), container("new", "exited")], vec!["new"]),
            (vec![container("old", "running")], vec!["old"]),
            (vec![old.clone()], vec!["old"]),
        ] {
            let started = started(&now, "app", &[&old]);
            let ids: Vec<&str> = started.iter().map(|it| it.id.as_str()).collect();
            assert_eq!(ids, watched);
        }
    }
}
