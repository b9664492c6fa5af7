//! Tells a Discord channel how a deployment goes, through a webhook: one message an event, or one that
//! is kept up to date.
//!
//! Whatever a commit message says, it is shown as text and mentions nobody. The webhook's URL is a
//! credential: it is in no message, log line or failure.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod channel;
mod commands;
mod config;
mod delivery;
mod facts;
mod message;
mod template;
mod text;
mod words;

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

    /// Remembers the id of the last message, or of the one to edit.
    fn notify(
        event: &Event,
        config: &Config,
        memory: Option<&str>,
    ) -> Result<Option<String>, Failure> {
        match message::of(event, config) {
            Some(said) => channel::tell(&delivery::Granted, config, event, &said, memory),
            None => Ok(memory.map(str::to_owned)),
        }
    }
}

deployhost_plugin::notifier!(DiscordNotify);
