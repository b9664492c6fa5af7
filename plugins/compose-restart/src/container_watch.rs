//! One container that is watched: what each look at it means. No clock, no waiting.

use deployhost_plugin::Diagnostic;
use deployhost_plugin::containers::Container;

/// How often Docker may start a container again before that counts as a loop. A few are normal where
/// a process waits for its database by exiting; Docker doubles its pause, so this takes seconds.
pub const LOOP: u64 = 5;

/// A container to watch.
#[derive(Debug, Clone)]
pub struct WatchedContainer {
    pub container: Container,
    /// Touched by this run: it has to stay up. Else one good look is enough.
    pub touched: bool,
    pub oneshot: bool,
}

/// What was seen of it so far.
#[derive(Debug)]
pub struct ContainerWatch {
    pub watched: WatchedContainer,
    /// Since when it looks good, and how many times it did.
    pub good: Option<(u64, u32)>,
    pub started_again: u64,
    /// What it was last seen to have ended with: while it runs again, the engine has 0.
    ended_with: Option<i64>,
}

/// What one look at a container means.
pub enum Observation {
    Good,
    Done,
    Waiting(String),
    Failed(Diagnostic),
}

impl ContainerWatch {
    pub fn new(watched: WatchedContainer) -> Self {
        Self {
            watched,
            good: None,
            started_again: 0,
            ended_with: None,
        }
    }

    pub fn service(&self) -> &str {
        &self.watched.container.service
    }

    pub fn look(&mut self, now: &Container) -> Observation {
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
            return Observation::Failed(self.crash_loop());
        }
        let oneshot = self.watched.oneshot;
        match (now.state.as_str(), now.health.as_deref()) {
            ("exited", _) if oneshot && now.exit_code == 0 => Observation::Done,
            ("exited" | "dead", _) => Observation::Failed(self.exited(now.exit_code)),
            ("running", _) if oneshot && self.watched.touched => {
                Observation::Waiting("has not run to its end".to_owned())
            }
            ("running", None | Some("healthy")) => Observation::Good,
            ("running", Some("starting")) => {
                Observation::Waiting("its health check has not passed yet".to_owned())
            }
            ("running", Some(health)) => Observation::Waiting(format!("it is {health}")),
            ("restarting", _) => Observation::Waiting(format!(
                "it exited with {} and is started again",
                now.exit_code
            )),
            (state, _) => Observation::Waiting(format!("it is {state}")),
        }
    }

    fn crash_loop(&self) -> Diagnostic {
        let (service, times) = (self.service(), self.started_again);
        let message = format!("{service} keeps ending: Docker started it again {times} times");
        let diagnostic = Diagnostic::new("compose-restart.crash-loop", message)
            .parameter("service", service)
            .parameter("restarts", times);
        match self.ended_with {
            Some(code) => Diagnostic {
                message: format!("{}; it exited with {code}", diagnostic.message),
                ..diagnostic.parameter("exit-code", code)
            },
            None => diagnostic,
        }
    }

    fn exited(&self, code: i64) -> Diagnostic {
        let service = self.service();
        let message = format!("{service} exited with {code}");
        Diagnostic::new("compose-restart.container-exited", message)
            .parameter("service", service)
            .parameter("exit-code", code)
    }

    /// It is not there any more.
    pub fn gone(&self) -> Diagnostic {
        let (service, name) = (self.service(), &self.watched.container.name);
        let message = format!("{service}: its container {name} is gone");
        Diagnostic::new("compose-restart.container-gone", message)
            .parameter("service", service)
            .parameter("container", name)
    }
}
