//! Containers that end and are started again by Docker: running whenever somebody looks.

use deployhost_plugin::containers::Container;

use crate::decision::{Decision, Verb};
use crate::project_state::ProjectState;

/// A container that was left as it was, and was started again by Docker since the last run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelfRestarts {
    pub container: String,
    pub times: u64,
}

impl SelfRestarts {
    /// Of services that were left: what a run touches begins anew.
    pub fn since_last(
        state: &ProjectState,
        decisions: &[Decision],
        containers: &[Container],
    ) -> Vec<Self> {
        let left = decisions.iter().filter(|it| it.verb == Verb::Leave);
        let pins = left.filter_map(|it| state.last_of(&it.service));
        let pinned = pins.flat_map(|it| &it.containers);
        pinned
            .filter_map(|then| {
                let now = containers.iter().find(|it| it.id == then.id)?;
                let times = now.restart_count.saturating_sub(then.restarts);
                (times > 0).then(|| Self {
                    container: now.name.clone(),
                    times,
                })
            })
            .collect()
    }

    /// For people.
    pub fn note(&self) -> String {
        let (name, times) = (&self.container, self.times);
        let times = match times {
            1 => "once".to_owned(),
            2 => "twice".to_owned(),
            _ => format!("{times} times"),
        };
        format!("{name} ended and was started again by Docker {times} since the last run")
    }
}
