//! The commands that put back what was there. Pure.

use deployhost_plugin::Event;
use deployhost_plugin::line::visible;

use crate::text::{length, word};
use crate::words::Words;

const FIRST: &str = "deployhost rollback";

/// Commands for people to copy, and the line about those that are not among them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Commands {
    pub block: String,
    pub more: Option<String>,
}

impl Commands {
    /// One command, and below it the ones that do without deployhost, in at most so many characters.
    /// Each is shown as it is or not at all: half a command is worse than none.
    pub fn of(event: &Event, words: &Words, mut room: usize) -> Self {
        let rollback = event.context.detail("rollback").unwrap_or(FIRST);
        let by_hand = event.by_hand.iter().map(String::as_str);
        let mut lines = Vec::new();
        let mut left = 0;
        let mut full = false;
        for (at, command) in std::iter::once(rollback).chain(by_hand).enumerate() {
            let heading = (at > 0 && lines.len() < 2).then_some(words.by_hand);
            let size = length(command) + heading.map_or(0, |it| length(it) + 1) + 1;
            full |= size > room;
            if full || !exact(command) {
                left += 1;
                continue;
            }
            room -= size;
            // What follows a rollback that could not be shown is by hand as well.
            lines.extend(heading.filter(|heading| !lines.contains(heading)));
            lines.push(command);
        }
        let show = format!("deployhost show {}", word(&event.context.run, 40));
        if lines.is_empty() {
            return Self {
                block: show,
                more: None,
            };
        }
        Self {
            block: lines.join("\n"),
            more: (left > 0).then(|| format!("{}: `{show}`", (words.more)(left))),
        }
    }
}

/// One line that a block of code shows as it is, that hides nothing, and that calls nobody.
pub fn exact(command: &str) -> bool {
    let hides = command
        .chars()
        .any(|c| c != ' ' && visible(&c.to_string()).next() != Some(c));
    let calls = ["@everyone", "@here", "<@", "<#"];
    !command.trim().is_empty()
        && !hides
        && !command.contains('`')
        && !calls.iter().any(|call| command.contains(call))
}
