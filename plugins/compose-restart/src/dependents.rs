//! What follows from what happens to another service: a container that lives in another one's network
//! lives in a dead one once that was replaced.

use deployhost_plugin::compose::Service;

use crate::decision::{Decision, Preparation, Verb};
use crate::project_state::ProjectState;

/// Makes each service follow those that it is bound to, and those follow that are bound to it.
pub fn follow(state: &ProjectState, decisions: &mut [Decision]) {
    // Each pass settles one more link of the longest chain.
    for _ in 0..state.services.len() {
        let mut settled = true;
        for service in &state.services {
            settled &= !follow_one(state, service, decisions);
        }
        if settled {
            return;
        }
    }
}

/// Did it change anything?
fn follow_one(state: &ProjectState, service: &Service, decisions: &mut [Decision]) -> bool {
    let Some(index) = decisions.iter().position(|it| it.service == service.name) else {
        return false;
    };
    let own = &decisions[index];
    if own.verb.replaces()
        || own.verb == Verb::Stop
        || state.containers_of(&service.name).is_empty()
    {
        return false;
    }
    let mut followed = own.clone();
    for other in decisions.iter() {
        for (touch, why) in links(service, other) {
            followed.add(touch, why);
        }
    }
    let changed = followed != *own;
    decisions[index] = followed;
    changed
}

/// What has to happen to a service because of this decision on another one.
enum Touch {
    Restart,
    Recreate,
    /// It turns out when the other one is prepared.
    Perhaps,
}

fn links(service: &Service, other: &Decision) -> Vec<(Touch, String)> {
    let name = &other.service;
    let (shares, uses) = (
        service.shares.contains(name),
        service.volumes_from.contains(name),
    );
    let mut links = Vec::new();
    let bound = match (shares, uses) {
        (true, _) => format!("it shares the network, processes or memory of {name}"),
        (_, true) => format!("it uses the volumes of {name}"),
        _ => String::new(),
    };
    if shares || uses {
        match (other.verb, other.preparation) {
            (verb, _) if verb.replaces() => links.push((Touch::Recreate, bound)),
            (_, Preparation::Build { sure: true }) => links.push((Touch::Recreate, bound)),
            (Verb::Restart, Preparation::None) if shares => links.push((Touch::Restart, bound)),
            (_, Preparation::None) => {}
            // Built, pulled or given back: whether it is another image shows then.
            _ => links.push((Touch::Perhaps, bound)),
        }
    }
    let restarts = service
        .depends_on
        .iter()
        .any(|it| it.restart && &it.service == name);
    if restarts && (other.verb.replaces() || other.verb == Verb::Restart) {
        let why = format!("it is to be restarted whenever {name} is");
        links.push((Touch::Restart, why));
    }
    links
}

impl Decision {
    /// Adds what another service's decision makes necessary, and why.
    fn add(&mut self, touch: Touch, why: String) {
        let stronger = match touch {
            Touch::Recreate => !self.verb.replaces(),
            Touch::Restart => self.verb == Verb::Leave,
            Touch::Perhaps => self.preparation == Preparation::None && !self.verb.replaces(),
        };
        if !stronger {
            return;
        }
        self.why = match (self.verb, self.preparation) {
            (Verb::Leave, Preparation::None) => why,
            _ => format!("{}; {why}", self.why),
        };
        match touch {
            Touch::Recreate => self.verb = Verb::Recreate,
            Touch::Restart => self.verb = Verb::Restart,
            Touch::Perhaps => self.preparation = Preparation::Another,
        }
    }
}
