//! In which order services are touched: what others depend on, live in or take volumes from comes
//! first.

use deployhost_plugin::compose::Service;

use crate::decision::{Decision, Verb};

/// The services that have to go, the ones that depend on others first.
pub fn stops(services: &[Service], decisions: &[Decision]) -> Vec<String> {
    let mut names = in_order(services, decisions, |verb| verb == Verb::Stop);
    names.reverse();
    names
        .into_iter()
        .map(|decision| decision.service.clone())
        .collect()
}

/// What is to be done with the services that stay, one after the other.
pub fn starts<'d>(services: &[Service], decisions: &'d [Decision]) -> Vec<&'d Decision> {
    let touched = |verb| !matches!(verb, Verb::Leave | Verb::Stop);
    in_order(services, decisions, touched)
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
    let depends_on = service.depends_on.iter().map(|it| &it.service);
    let needed = depends_on
        .chain(&service.shares)
        .chain(&service.volumes_from);
    for needed in needed {
        if let Some(needed) = services.iter().find(|it| &it.name == needed) {
            visit(services, needed, above, order);
        }
    }
    above.pop();
    order.push(name);
}
