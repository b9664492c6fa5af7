//! Is each container up, and does it stay so? Samples in, verdict out; no clock, no waiting.
//!
//! One look is a coin flip: a container that exits at once and is started again by Docker reads as
//! running most of the time. So what was touched has to look good [`SAMPLES`] times in a row over
//! [`SETTLING`], without having been started again in between; a container with a health check
//! has to be healthy. Longer than that nothing is promised: a process that ends after a minute is
//! what the steps that verify are for.

use std::collections::BTreeMap;

use deployhost_plugin::Duration;
use deployhost_plugin::containers::Container;

/// How long what was touched has to look good.
pub const SETTLING: Duration = Duration::from_secs(2);
/// And how many times in a row at least.
pub const SAMPLES: u32 = 3;
/// How often Docker may start a container again before that counts as a loop. A few are normal where
/// a process waits for its database by exiting; Docker doubles its pause, so this takes seconds.
pub const LOOP: u64 = 5;

/// A container to watch.
#[derive(Debug, Clone)]
pub struct Watched {
    pub container: Container,
    /// Touched by this run: it has to stay up. Else one good look is enough.
    pub touched: bool,
    pub oneshot: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// How many are up, and what the others are doing, by service.
    Waiting {
        up: usize,
        others: Vec<(String, String)>,
    },
    Stable,
    Failed(Fault),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The container whose last lines tell more.
    pub container: String,
    /// For people: `app exited with 1`.
    pub message: String,
}

#[derive(Debug)]
pub struct Stability {
    watches: BTreeMap<String, Watch>,
}

#[derive(Debug)]
struct Watch {
    watched: Watched,
    /// Since when it looks good, and how many times it did.
    good: Option<(u64, u32)>,
    started_again: u64,
    /// What it was last seen to have ended with: while it runs again, the engine says 0.
    ended_with: Option<i64>,
}

enum Look {
    Good,
    Done,
    Waiting(String),
    Failed(String),
}

impl Stability {
    pub fn new(watched: Vec<Watched>) -> Self {
        let watch = |watched: Watched| {
            let id = watched.container.id.clone();
            (
                id,
                Watch {
                    watched,
                    good: None,
                    started_again: 0,
                    ended_with: None,
                },
            )
        };
        Self {
            watches: watched.into_iter().map(watch).collect(),
        }
    }

    pub fn count(&self) -> usize {
        self.watches.len()
    }

    /// `elapsed` in milliseconds since the first sample; `containers` as they are now.
    pub fn sample(&mut self, elapsed: u64, containers: &[Container]) -> Verdict {
        let mut others = Vec::new();
        for (id, watch) in &mut self.watches {
            let fault = |message| {
                Verdict::Failed(Fault {
                    container: id.clone(),
                    message,
                })
            };
            let service = watch.watched.container.service.clone();
            let Some(now) = containers.iter().find(|it| &it.id == id) else {
                return fault(format!(
                    "{service}: its container {} is gone",
                    watch.watched.container.name
                ));
            };
            match watch.look(now) {
                Look::Failed(what) => return fault(format!("{service} {what}")),
                Look::Waiting(what) => {
                    watch.good = None;
                    others.push((service, what));
                }
                Look::Done => {}
                Look::Good => {
                    let (since, times) = watch.good.unwrap_or((elapsed, 0));
                    watch.good = Some((since, times + 1));
                    if watch.watched.touched
                        && (times + 1 < SAMPLES || elapsed - since < SETTLING.as_millis())
                    {
                        others.push((service, "starting".to_owned()));
                    }
                }
            }
        }
        if others.is_empty() {
            return Verdict::Stable;
        }
        Verdict::Waiting {
            up: self.watches.len() - others.len(),
            others,
        }
    }

    /// When the time is up: the first of those that are not.
    pub fn give_up(&self, others: &[(String, String)], timeout: Duration) -> Fault {
        let (service, what) = others.first().cloned().unwrap_or_default();
        let watch = self
            .watches
            .values()
            .find(|it| it.watched.container.service == service);
        let again = watch.map_or(0, |it| it.started_again);
        let again = match again {
            0 => String::new(),
            times => format!(", and Docker started it again {times} times"),
        };
        Fault {
            container: watch
                .map(|it| it.watched.container.id.clone())
                .unwrap_or_default(),
            message: format!("{service} is not up after {timeout}: {what}{again}"),
        }
    }
}

impl Watch {
    fn look(&mut self, now: &Container) -> Look {
        let before = &self.watched.container;
        let counted = now.restart_count.saturating_sub(before.restart_count);
        if counted > 0 || now.started_at != before.started_at {
            self.started_again += counted.max(1);
            self.good = None;
            self.watched.container = now.clone();
        }
        if matches!(now.state.as_str(), "restarting" | "exited" | "dead") {
            self.ended_with = Some(now.exit_code);
        }
        if self.started_again >= LOOP {
            let ended_with = self
                .ended_with
                .map_or(String::new(), |code| format!("; it exited with {code}"));
            return Look::Failed(format!(
                "keeps ending: Docker started it again {} times{ended_with}",
                self.started_again
            ));
        }
        let oneshot = self.watched.oneshot;
        match (now.state.as_str(), now.health.as_deref()) {
            ("exited", _) if oneshot && now.exit_code == 0 => Look::Done,
            ("exited" | "dead", _) => Look::Failed(format!("exited with {}", now.exit_code)),
            ("running", _) if oneshot && self.watched.touched => {
                Look::Waiting("has not run to its end".to_owned())
            }
            ("running", None | Some("healthy")) => Look::Good,
            ("running", Some("starting")) => {
                Look::Waiting("its health check has not passed yet".to_owned())
            }
            ("running", Some(health)) => Look::Waiting(format!("it is {health}")),
            ("restarting", _) => Look::Waiting(format!(
                "it exited with {} and is started again",
                now.exit_code
            )),
            (state, _) => Look::Waiting(format!("it is {state}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(state: &str) -> Container {
        Container {
            id: "c1".into(),
            name: "app_app_1".into(),
            project: "app".into(),
            service: "app".into(),
            image: "sha256:1".into(),
            state: state.into(),
            health: None,
            exit_code: 0,
            restart_count: 4,
            started_at: "t1".into(),
            config_files: vec![],
            config_hash: String::new(),
            compose_version: String::new(),
        }
    }

    fn watching(touched: bool) -> Stability {
        let container = container("running");
        Stability::new(vec![Watched {
            container,
            touched,
            oneshot: false,
        }])
    }

    fn is_stable(stability: &mut Stability, at: u64, container: Container) -> bool {
        stability.sample(at, &[container]) == Verdict::Stable
    }

    #[test]
    fn enough_good_looks_over_enough_time() {
        let mut often = watching(true);
        for at in [0, 100, 200, 1_900] {
            assert!(!is_stable(&mut often, at, container("running")), "{at}");
        }
        assert!(is_stable(&mut often, 2_000, container("running")));

        let mut long = watching(true);
        assert!(!is_stable(&mut long, 0, container("running")));
        assert!(!is_stable(&mut long, 60_000, container("running")));
        assert!(is_stable(&mut long, 60_001, container("running")));
    }

    #[test]
    fn one_good_look_is_enough_for_what_was_left() {
        assert!(is_stable(&mut watching(false), 0, container("running")));
    }

    #[test]
    fn a_start_in_between_begins_anew() {
        for again in [
            Container {
                restart_count: 5,
                ..container("running")
            },
            Container {
                started_at: "t2".into(),
                ..container("running")
            },
        ] {
            let mut stability = watching(true);
            for at in [0, 1_000, 1_900] {
                assert!(!is_stable(&mut stability, at, container("running")));
            }
            for at in [2_000, 3_000, 3_900] {
                assert!(!is_stable(&mut stability, at, again.clone()), "{at}");
            }
            assert!(is_stable(&mut stability, 4_000, again));
        }
    }

    #[test]
    fn a_bad_look_begins_anew() {
        for state in ["restarting", "created", "paused"] {
            let mut stability = watching(true);
            for at in [0, 1_000] {
                assert!(!is_stable(&mut stability, at, container("running")));
            }
            assert!(!is_stable(&mut stability, 1_500, container(state)));
            for at in [2_000, 3_000] {
                assert!(
                    !is_stable(&mut stability, at, container("running")),
                    "{state}"
                );
            }
            assert!(is_stable(&mut stability, 4_000, container("running")));
        }
    }

    #[test]
    fn a_loop_is_told_with_what_it_was_seen_to_end_with() {
        let again = |restart_count, state, exit_code| Container {
            restart_count,
            exit_code,
            ..container(state)
        };
        // Running again, it reads as if it had ended with 0.
        for (seen, told) in [("restarting", "; it exited with 3"), ("running", "")] {
            let mut stability = watching(true);
            stability.sample(0, &[again(5, seen, 3)]);
            let Verdict::Failed(fault) = stability.sample(100, &[again(9, "running", 0)]) else {
                panic!()
            };
            let what = "app keeps ending: Docker started it again 5 times";
            assert_eq!(fault.message, format!("{what}{told}"));
        }
    }

    #[test]
    fn what_vanishes_has_failed() {
        let Verdict::Failed(fault) = watching(true).sample(0, &[]) else {
            panic!()
        };
        assert_eq!(fault.message, "app: its container app_app_1 is gone");
    }

    #[test]
    fn when_the_time_is_up_it_says_how_often_it_was_started_again() {
        let mut stability = watching(true);
        let down = Container {
            restart_count: 6,
            exit_code: 2,
            ..container("restarting")
        };
        let Verdict::Waiting { others, up } = stability.sample(0, &[down]) else {
            panic!()
        };
        assert_eq!(up, 0);
        assert_eq!(
            stability.give_up(&others, Duration::from_secs(2)).message,
            "app is not up after 2s: it exited with 2 and is started again, and Docker started it again 2 times"
        );
    }
}
