//! In which order services are touched: what others depend on comes first. Neighbours in that order
//! that are treated alike are handed to Compose together.

use deployhost_plugin::compose::Service;

use crate::decision::{Decision, Verb};

/// Services that are treated alike, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Batch {
    Up { services: Vec<String>, force: bool },
    Restart(Vec<String>),
}

/// The services that have to go, the ones that depend on others first.
pub fn stops(services: &[Service], decisions: &[Decision]) -> Vec<String> {
    let mut names = in_order(services, decisions, |verb| verb == Verb::Stop);
    names.reverse();
    names
        .into_iter()
        .map(|decision| decision.service.clone())
        .collect()
}

pub fn batches(services: &[Service], decisions: &[Decision]) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    let touched = |verb| !matches!(verb, Verb::Leave | Verb::Stop);
    for decision in in_order(services, decisions, touched) {
        let name = decision.service.clone();
        let forced = decision.verb == Verb::Recreate { force: true };
        match (batches.last_mut(), decision.verb) {
            (Some(Batch::Restart(names)), Verb::Restart) => names.push(name),
            (_, Verb::Restart) => batches.push(Batch::Restart(vec![name])),
            (Some(Batch::Up { services, force }), _) if *force == forced => services.push(name),
            _ => batches.push(Batch::Up {
                services: vec![name],
                force: forced,
            }),
        }
    }
    batches
}

fn in_order<'d>(
    services: &[Service],
    decisions: &'d [Decision],
    wanted: impl Fn(Verb) -> bool,
) -> Vec<&'d Decision> {
    let mut order = Vec::new();
    for service in services {
        visit(services, service, &mut Vec::new(), &mut order);
    }
    order
        .iter()
        .filter_map(|name| decisions.iter().find(|decision| decision.service == *name))
        .filter(|decision| wanted(decision.verb))
        .collect()
}

/// A service goes in behind what it depends on. `above` is the way down to it, so that a circle,
/// which Compose refuses anyway, ends.
fn visit<'s>(
    services: &'s [Service],
    service: &'s Service,
    above: &mut Vec<&'s str>,
    order: &mut Vec<&'s str>,
) {
    let name = service.name.as_str();
    if above.contains(&name) || order.contains(&name) {
        return;
    }
    above.push(name);
    for needed in &service.depends_on {
        if let Some(needed) = services.iter().find(|it| &it.name == needed) {
            visit(services, needed, above, order);
        }
    }
    above.pop();
    order.push(name);
}
