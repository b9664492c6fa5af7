//! Tells a Discord channel how a deployment goes: one message an event, through a webhook.
//!
//! Whatever a commit message says, it is shown as text and mentions nobody. The webhook's URL is a
//! credential: it is in no message, log line or failure.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod config;
mod delivery;
mod message;
mod operator;
mod text;

#[cfg(test)]
mod tests;

use deployhost_plugin::prelude::*;

pub use config::Config;

pub struct DiscordNotify;

impl Notifier for DiscordNotify {
    type Config = Config;

    fn check(config: &Config) -> Vec<Problem> {
        config.problems()
    }

    /// Remembers the id of the last message.
    fn notify(
        event: &Event,
        config: &Config,
        memory: Option<&str>,
    ) -> Result<Option<String>, Failure> {
        match message::of(event) {
            Some(content) => delivery::deliver(&delivery::Granted, config, &content),
            None => Ok(memory.map(str::to_owned)),
        }
    }
}

deployhost_plugin::notifier!(DiscordNotify);
