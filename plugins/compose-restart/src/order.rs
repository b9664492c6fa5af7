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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::Preparation;

    fn service(name: &str, depends_on: &[&str]) -> Service {
        Service {
            name: name.into(),
            config_hash: String::new(),
            image: String::new(),
            image_id: None,
            build: None,
            mounts: vec![],
            restart: String::new(),
            health: false,
            depends_on: depends_on.iter().map(|it| (*it).into()).collect(),
        }
    }

    fn decision(service: &str, verb: Verb) -> Decision {
        Decision {
            service: service.into(),
            verb,
            preparation: Preparation::None,
            why: String::new(),
        }
    }

    fn up(services: &[&str], force: bool) -> Batch {
        Batch::Up {
            services: services.iter().map(|it| (*it).into()).collect(),
            force,
        }
    }

    const RECREATE: Verb = Verb::Recreate { force: false };

    #[test]
    fn what_others_depend_on_comes_first() {
        let services = [
            service("proxy", &["app"]),
            service("app", &["db"]),
            service("db", &[]),
        ];
        let decisions = [
            decision("proxy", Verb::Restart),
            decision("app", RECREATE),
            decision("db", Verb::Restart),
        ];
        assert_eq!(
            batches(&services, &decisions),
            [
                Batch::Restart(vec!["db".into()]),
                up(&["app"], false),
                Batch::Restart(vec!["proxy".into()])
            ]
        );
    }

    #[test]
    fn neighbours_that_are_treated_alike_go_together() {
        let services = [
            service("a", &[]),
            service("b", &[]),
            service("c", &[]),
            service("d", &[]),
        ];
        let decisions = [
            decision("a", Verb::Create),
            decision("b", RECREATE),
            decision("c", Verb::Leave),
            decision("d", Verb::Recreate { force: true }),
        ];
        assert_eq!(
            batches(&services, &decisions),
            [up(&["a", "b"], false), up(&["d"], true)]
        );
    }

    #[test]
    fn a_circle_ends() {
        let services = [service("a", &["b"]), service("b", &["a"])];
        let decisions = [decision("a", Verb::Restart), decision("b", Verb::Restart)];
        assert_eq!(
            batches(&services, &decisions),
            [Batch::Restart(vec!["b".into(), "a".into()])]
        );
    }

    #[test]
    fn the_last_to_start_is_the_first_to_stop() {
        let services = [service("app", &["db"]), service("db", &[])];
        let decisions = [decision("app", Verb::Stop), decision("db", Verb::Stop)];
        assert_eq!(stops(&services, &decisions), ["app", "db"]);
        assert_eq!(batches(&services, &decisions), []);
    }
}
