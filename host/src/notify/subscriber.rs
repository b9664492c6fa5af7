//! The end of the notices that watches a run: what is to be told, to each notifier.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use deployhost_engine::{Event, Outcome, Run};

use super::builder::NotificationBuilder;
use super::plan_snapshot::PlanSnapshot;
use super::queue::NotificationQueue;
use super::step_timings::StepTimings;
use deployhost_policy::Diagnostic;
use deployhost_runtime::capability::clock::now_unix_ms;

use super::worker::DeliveryWorker;
use crate::context::ContextBuilder;
use crate::event_log::EventSubscriber;
use deployhost_runtime::sandbox::NotifierEvent;

/// What the notices of a run are made of.
pub struct NotificationSource {
    pub snapshot: PlanSnapshot,
    pub context_builder: ContextBuilder,
    /// The state folder, where it was named.
    pub state: Option<PathBuf>,
}

/// Watches the run.
pub struct NotificationSubscriber {
    source: NotificationSource,
    lines: Vec<(String, Arc<NotificationQueue>)>,
    step_timings: StepTimings,
    /// The time of day when it began, and the clock that counts from there: one that never jumps.
    began: (u64, Instant),
    started: bool,
}

/// One line for each notifier; nothing is told before its desk is opened.
pub fn subscribe(source: NotificationSource) -> (NotificationSubscriber, Vec<DeliveryWorker>) {
    let lines: Vec<(String, Arc<NotificationQueue>)> = source
        .snapshot
        .notifiers()
        .map(|name| (name.to_owned(), Arc::new(NotificationQueue::default())))
        .collect();
    let workers = lines
        .iter()
        .map(|(name, line)| DeliveryWorker::new(name.clone(), line.clone()))
        .collect();
    let queue = NotificationSubscriber {
        source,
        lines,
        step_timings: StepTimings::default(),
        began: (now_unix_ms(), Instant::now()),
        started: false,
    };
    (queue, workers)
}

impl EventSubscriber for NotificationSubscriber {
    fn event(&mut self, event: &Event, run: &Run) {
        let now = self.now();
        self.step_timings.see(event, now);
        match event {
            Event::Started => {
                self.started = true;
                for (name, line) in &self.lines {
                    line.push(self.notice("started", None, run, name));
                }
            }
            // Before it has started there is nothing that could get any further; what a notifier
            // says of itself is nobody's progress.
            Event::Progress { step, .. }
                if self.started && self.step_timings.running(step).is_some() =>
            {
                for (name, line) in &self.lines {
                    line.progress(self.notice("progress", None, run, name));
                }
            }
            Event::Ended {
                outcome, problem, ..
            } => {
                for (name, line) in &self.lines {
                    if *outcome != Outcome::Planned {
                        line.push(self.notice(outcome.as_str(), problem.as_ref(), run, name));
                    }
                    line.close();
                }
            }
            _ => {}
        }
    }
}

impl NotificationSubscriber {
    fn now(&self) -> u64 {
        let (unix_ms, since) = self.began;
        let since = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
        unix_ms.saturating_add(since)
    }

    fn notice(
        &self,
        kind: &str,
        problem: Option<&Diagnostic>,
        run: &Run,
        notifier: &str,
    ) -> NotifierEvent {
        let builder = NotificationBuilder {
            run,
            step_timings: &self.step_timings,
            snapshot: &self.source.snapshot,
            context_builder: &self.source.context_builder,
            state: self.source.state.as_deref(),
            late: false,
        };
        builder.event(kind, self.now(), problem, notifier)
    }
}
