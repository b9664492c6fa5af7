//! What was done, for people and for the runs to come.

use std::collections::BTreeMap;

use deployhost_plugin::containers::Container;
use deployhost_plugin::{Failure, Receipt, output, serde};
use serde::Serialize;

use crate::decision::{Decision, Verb, listed};
use crate::memory;
use crate::observe::Beside;
use crate::project_state::ProjectState;
use crate::self_restarts::SelfRestarts;

/// One service in the output `services`.
#[derive(Serialize)]
#[serde(crate = "deployhost_plugin::serde")]
struct ServiceOutput<'a> {
    action: &'static str,
    why: &'a str,
    /// None: it has no container.
    container: Option<&'a str>,
    started_at: Option<&'a str>,
    image: Option<&'a str>,
}

pub fn receipt(
    state: &ProjectState,
    decisions: &[Decision],
    containers: &[Container],
    beside: &Beside,
    restarts: &[SelfRestarts],
) -> Result<Receipt, Failure> {
    let mut parts = summary(state, decisions);
    parts.extend(restarts.iter().map(SelfRestarts::note));
    parts.extend(beside.notes.iter().cloned());
    let unstable: Vec<&str> = restarts.iter().map(|it| it.container.as_str()).collect();
    let services: BTreeMap<&str, ServiceOutput> = decisions
        .iter()
        .map(|it| (it.service.as_str(), service_output(it, containers)))
        .collect();
    Ok(Receipt {
        summary: parts.join("; "),
        pin: Some(memory::brought(state, containers).text()?),
        outputs: vec![
            output::entry(output::SERVICES, &services),
            output::entry(output::LEFT_OVER, &beside.left_over),
            output::entry(output::UNSTABLE, &unstable),
            output::entry(output::OLDER, &beside.older),
        ],
        evidence: "running".to_owned(),
    })
}

/// `recreated app; left db`: what was touched first, in the order of the file.
fn summary(state: &ProjectState, decisions: &[Decision]) -> Vec<String> {
    let built = |decision: &Decision| {
        let service = state.services.iter().find(|it| it.name == decision.service);
        state.release.is_none()
            && state.prepared.contains(&decision.service)
            && service.is_some_and(|it| it.build.is_some())
    };
    let mut groups: Vec<(String, bool, Vec<String>)> = Vec::new();
    for decision in decisions {
        let done = match (built(decision), decision.verb) {
            (true, Verb::Leave) => "built the same image and left".to_owned(),
            (true, verb) => format!("built and {}", verb.done()),
            (false, verb) => verb.done().to_owned(),
        };
        match groups.iter_mut().find(|(word, ..)| *word == done) {
            Some((_, _, services)) => services.push(decision.service.clone()),
            None => groups.push((
                done,
                decision.verb == Verb::Leave,
                vec![decision.service.clone()],
            )),
        }
    }
    groups.sort_by_key(|(_, left, _)| *left);
    groups
        .into_iter()
        .map(|(done, _, services)| format!("{done} {}", listed(&services)))
        .collect()
}

fn service_output<'a>(decision: &'a Decision, containers: &'a [Container]) -> ServiceOutput<'a> {
    let container = containers.iter().find(|it| it.service == decision.service);
    ServiceOutput {
        action: decision.verb.word(),
        why: &decision.why,
        container: container.map(|it| it.id.as_str()),
        started_at: container.map(|it| it.started_at.as_str()),
        image: container.map(|it| it.image.as_str()),
    }
}
