//! The message about an event. Pure.

use deployhost_plugin::prelude::*;

use crate::config::{Config, Mode};
use crate::event_values::EventValues;
use crate::recovery_commands::RecoveryCommands;
use crate::template::render;
use crate::template_value::TemplateValue;
use crate::text::{LONGEST, cut_message, length};

/// Below the texts that come with this plugin.
const SIGNATURE: &str = "🏷️ {plan} · ⏱️ {duration}";
const SIGNATURE_AT_FIRST: &str = "🏷️ {plan}";

/// A message, and its first line: what an earlier message is changed to when this one follows it.
#[derive(Debug, PartialEq, Eq)]
pub struct DiscordMessage {
    pub content: String,
    pub title: String,
}

/// None: there is no message about this event.
pub fn compose(event: &Event, config: &Config) -> Option<DiscordMessage> {
    let kind = event.kind.as_str();
    if kind == "progress" && config.mode == Mode::Messages {
        return None;
    }
    let words = config.language.words();
    let values = EventValues::new(event, words);
    let usual = (words.text)(kind, values.is_confirmed());
    let with = |template: &str, commands: &RecoveryCommands| {
        render(template, |name| match name {
            "commands" => Some(TemplateValue::Commands(commands.block.clone())),
            "more" => commands.more.clone().map(TemplateValue::Markdown),
            name => values.value(name),
        })
    };
    // A text of the plan's own in which every line is left out is as if it were not there.
    let own = config.messages.get(kind);
    let all = RecoveryCommands::of(event, words, LONGEST);
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
    // RecoveryCommands are whole or not there: they get the room that everything else leaves.
    let bare = length(&with(&text, &RecoveryCommands::default()));
    let commands = RecoveryCommands::of(event, words, LONGEST.saturating_sub(bare));
    Some(DiscordMessage {
        content: cut_message(&with(&text, &commands), LONGEST),
        title: with(usual.lines().next().unwrap_or_default(), &commands),
    })
}
