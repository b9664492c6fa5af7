//! What is said of an event. Pure.

use deployhost_plugin::prelude::*;

use crate::commands::Commands;
use crate::config::{Config, Mode};
use crate::facts::Facts;
use crate::template::{Value, render};
use crate::text::{LONGEST, cut_message, length};

/// Below the texts that come with this plugin.
const SIGNATURE: &str = "🏷️ {plan} · ⏱️ {duration}";
const SIGNATURE_AT_FIRST: &str = "🏷️ {plan}";

/// A message, and its first line: what an earlier message is made to say when this one follows it.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    pub content: String,
    pub title: String,
}

/// None: this event is not told.
pub fn of(event: &Event, config: &Config) -> Option<Message> {
    let kind = event.kind.as_str();
    if kind == "progress" && config.mode == Mode::Messages {
        return None;
    }
    let words = config.language.words();
    let facts = Facts::new(event, words);
    let usual = (words.text)(kind, facts.confirmed());
    let with = |template: &str, commands: &Commands| {
        render(template, |name| match name {
            "commands" => Some(Value::Commands(commands.block.clone())),
            "more" => commands.more.clone().map(Value::Markdown),
            name => facts.value(name),
        })
    };
    // A text of the plan's own that has nothing to say of this event is as if it were not there.
    let own = config.messages.get(kind);
    let all = Commands::of(event, words, LONGEST);
    let own = own.filter(|own| !with(own, &all).trim().is_empty());
    let text = match own {
        Some(own) => format!("{{test}}\n{own}\n{}", words.late),
        None => {
            let signature = match kind {
                _ if event.duration_ms == 0 => SIGNATURE_AT_FIRST,
                "started" | "progress" => SIGNATURE_AT_FIRST,
                _ => SIGNATURE,
            };
            let (cause, late) = (words.cause, words.late);
            format!("{{test}}\n{usual}\n{cause}\n{late}\n{signature}")
        }
    };
    // Commands are whole or not there: they get the room that everything else leaves.
    let bare = length(&with(&text, &Commands::default()));
    let commands = Commands::of(event, words, LONGEST.saturating_sub(bare));
    Some(Message {
        content: cut_message(&with(&text, &commands), LONGEST),
        title: with(usual.lines().next().unwrap_or_default(), &commands),
    })
}
