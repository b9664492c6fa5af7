//! The end of the notices that watches a run: what is to be told, to each notifier.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use deployhost_engine::{Event, Outcome, Problem, Run};

use super::desk::Desk;
use super::line::Line;
use super::meant::Meant;
use super::story::Story;
use super::times::Times;
use crate::context::Facts;
use crate::sandbox::NoticeEvent;
use crate::scribe::Watch;

/// What the notices of a run are made of.
pub struct Source {
    pub meant: Meant,
    pub facts: Facts,
    /// The state folder, where it was named.
    pub state: Option<PathBuf>,
}

/// Watches the run.
pub struct Queue {
    source: Source,
    lines: Vec<(String, Arc<Line>)>,
    times: Times,
    /// The time of day when it began, and the clock that counts from there: one that never jumps.
    began: (u64, Instant),
    started: bool,
}

/// One line for each notifier; nothing is told before its desk is opened.
pub fn queue(source: Source) -> (Queue, Vec<Desk>) {
    let lines: Vec<(String, Arc<Line>)> = source
        .meant
        .notifiers()
        .map(|name| (name.to_owned(), Arc::new(Line::default())))
        .collect();
    let desks = lines
        .iter()
        .map(|(name, line)| Desk::new(name.clone(), line.clone()))
        .collect();
    let queue = Queue {
        source,
        lines,
        times: Times::default(),
        began: (super::now(), Instant::now()),
        started: false,
    };
    (queue, desks)
}

impl Watch for Queue {
    fn event(&mut self, event: &Event, run: &Run) {
        let now = self.now();
        self.times.see(event, now);
        match event {
            Event::Started => {
                self.started = true;
                for (name, line) in &self.lines {
                    line.push(self.notice("started", None, run, name));
                }
            }
            // Before it has started there is nothing that could get any further; what a notifier
            // says of itself is nobody's progress.
            Event::Progress { step, .. } if self.started && self.times.running(step).is_some() => {
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

impl Queue {
    fn now(&self) -> u64 {
        let (unix_ms, since) = self.began;
        let since = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
        unix_ms.saturating_add(since)
    }

    fn notice(
        &self,
        kind: &str,
        problem: Option<&Problem>,
        run: &Run,
        notifier: &str,
    ) -> NoticeEvent {
        let story = Story {
            run,
            times: &self.times,
            meant: &self.source.meant,
            facts: &self.source.facts,
            state: self.source.state.as_deref(),
            late: false,
        };
        story.event(kind, self.now(), problem, notifier)
    }
}
