//! Is each container up, and does it stay so? Samples in, status out; no clock, no waiting.
//!
//! One look is a coin flip: a container that exits at once and is started again by Docker reads as
//! running most of the time. So what was touched has to look good [`SAMPLES`] times in a row over
//! [`SETTLING`], without having been started again in between; a container with a health check
//! has to be healthy. Longer than that nothing is promised: a process that ends after a minute is
//! what the steps that verify are for.

use std::collections::BTreeMap;

use deployhost_plugin::containers::Container;
use deployhost_plugin::{Diagnostic, Duration};

use crate::container_watch::{ContainerWatch, Observation, WatchedContainer};

/// How long what was touched has to look good.
pub const SETTLING: Duration = Duration::from_secs(2);
/// And how many times in a row at least.
pub const SAMPLES: u32 = 3;
/// How they all stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StabilityStatus {
    /// How many are up, and what the others are doing, by service.
    Waiting {
        up: usize,
        others: Vec<(String, String)>,
    },
    Stable,
    Failed(ContainerFailure),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerFailure {
    /// The container whose last lines show more.
    pub container: String,
    pub diagnostic: Diagnostic,
}

#[derive(Debug)]
pub struct Stability {
    watches: BTreeMap<String, ContainerWatch>,
}

impl Stability {
    pub fn new(watched: Vec<WatchedContainer>) -> Self {
        let watch = |it: WatchedContainer| (it.container.id.clone(), ContainerWatch::new(it));
        Self {
            watches: watched.into_iter().map(watch).collect(),
        }
    }

    pub fn count(&self) -> usize {
        self.watches.len()
    }

    /// `elapsed` in milliseconds since the first sample; `containers` as they are now.
    pub fn sample(&mut self, elapsed: u64, containers: &[Container]) -> StabilityStatus {
        let mut others = Vec::new();
        for (id, watch) in &mut self.watches {
            let failed = |diagnostic| {
                StabilityStatus::Failed(ContainerFailure {
                    container: id.clone(),
                    diagnostic,
                })
            };
            let Some(now) = containers.iter().find(|it| &it.id == id) else {
                return failed(watch.gone());
            };
            match watch.look(now) {
                Observation::Failed(diagnostic) => return failed(diagnostic),
                Observation::Waiting(what) => {
                    watch.good = None;
                    others.push((watch.service().to_owned(), what));
                }
                Observation::Done => {}
                Observation::Good => {
                    let (since, times) = watch.good.unwrap_or((elapsed, 0));
                    watch.good = Some((since, times + 1));
                    if watch.watched.touched
                        && (times + 1 < SAMPLES || elapsed - since < SETTLING.as_millis())
                    {
                        others.push((watch.service().to_owned(), "starting".to_owned()));
                    }
                }
            }
        }
        if others.is_empty() {
            return StabilityStatus::Stable;
        }
        StabilityStatus::Waiting {
            up: self.watches.len() - others.len(),
            others,
        }
    }

    /// When the time is up: the first of those that are not.
    pub fn give_up(&self, others: &[(String, String)], timeout: Duration) -> ContainerFailure {
        let (service, what) = others.first().cloned().unwrap_or_default();
        let watch = self.watches.values().find(|it| it.service() == service);
        let times = watch.map_or(0, |it| it.started_again);
        let again = match times {
            0 => String::new(),
            times => format!(", and Docker started it again {times} times"),
        };
        let message = format!("{service} is not up after {timeout}: {what}{again}");
        ContainerFailure {
            container: watch
                .map(|it| it.watched.container.id.clone())
                .unwrap_or_default(),
            diagnostic: Diagnostic::new("compose-restart.not-up", message)
                .parameter("service", service)
                .parameter("timeout", timeout)
                .parameter("state", what)
                .parameter("restarts", times),
        }
    }
}
