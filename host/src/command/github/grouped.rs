//! A run in the log of a job: the terminal's lines, with the plan and what each step logs folded
//! away under their names.

use deployhost_engine::{Event, Run};

use super::command;
use crate::command::output;
use crate::command::screen::Screen;
use crate::event_log::EventSubscriber;

pub struct Grouped {
    screen: Screen,
    /// A group is open; they do not nest.
    open: bool,
    planned: bool,
    over: bool,
}

impl Grouped {
    pub fn new(screen: Screen) -> Self {
        Self {
            screen,
            open: false,
            planned: false,
            over: false,
        }
    }

    fn open(&mut self, title: &str) {
        if !self.open && !self.over {
            output::commands(&command::written("group", &[], title));
            self.open = true;
        }
    }

    fn close(&mut self) {
        if std::mem::take(&mut self.open) {
            output::commands(&command::written("endgroup", &[], ""));
        }
    }
}

impl EventSubscriber for Grouped {
    fn event(&mut self, event: &Event, run: &Run) {
        match event {
            Event::Planning { .. } if !self.planned => self.open("plan"),
            Event::Log { step, level, .. } if level != "debug" => self.open(step),
            // What is said on the way, or says nothing.
            Event::Planning { .. }
            | Event::Proposed { .. }
            | Event::Reproposed { .. }
            | Event::Effect { .. }
            | Event::Log { .. }
            | Event::Progress { .. }
            | Event::Notified { .. }
            | Event::Note { .. } => {}
            Event::Ended { .. } => {
                self.close();
                // What comes now belongs to no step.
                self.over = true;
            }
            // What everybody should see without unfolding anything.
            _ => {
                self.planned |= matches!(event, Event::Confirmed { .. } | Event::Started);
                self.close();
            }
        }
        self.screen.event(event, run);
    }
}
