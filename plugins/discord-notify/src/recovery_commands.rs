//! The commands that put back what was there. Pure.

use deployhost_plugin::Event;
use deployhost_plugin::line::visible;

use crate::text::{length, word};
use crate::words::Words;

const FIRST: &str = "deployhost rollback";

/// Commands for people to copy, and the line about those that are not among them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct RecoveryCommands {
    pub block: String,
    pub more: Option<String>,
}

impl RecoveryCommands {
    /// One command, and below it the ones that do without deployhost, in at most so many characters.
    /// Each is shown as it is or not at all, and nothing after the first by hand that is not: half of
    /// them is worse than none.
    pub fn of(event: &Event, words: &Words, room: usize) -> Self {
        let run = word(&event.context.run, 40);
        let logs = event.context.logs().filter(|it| exact(it));
        let show = logs.map_or_else(|| format!("deployhost show {run}"), str::to_owned);
        let more = |left: usize| format!("{}: `{show}`", (words.more)(left));
        let mut room = room.saturating_sub(length(&more(event.by_hand.len() + 1)) + 1);
        let mut fits = |command: &str, heading: &str| {
            let size = length(command) + length(heading) + 2;
            let fits = exact(command) && size <= room;
            if fits {
                room -= size;
            }
            fits
        };
        let mut lines = Vec::new();
        let rollback = event.context.rollback().unwrap_or(FIRST);
        let mut left = 1;
        if fits(rollback, "") {
            lines.push(rollback);
            left = 0;
        }
        for (at, command) in event.by_hand.iter().enumerate() {
            let heading = if at == 0 { words.by_hand } else { "" };
            if !fits(command, heading) {
                left += event.by_hand.len() - at;
                break;
            }
            lines.extend(Some(heading).filter(|heading| !heading.is_empty()));
            lines.push(command);
        }
        match lines.is_empty() {
            true => Self {
                block: show,
                more: None,
            },
            false => Self {
                block: lines.join("\n"),
                more: (left > 0).then(|| more(left)),
            },
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
