//! Shows a Discord channel how a deployment goes, through a webhook: one message an event, or one that
//! is kept up to date.
//!
//! Whatever a commit message says, it is shown as text and mentions nobody. The webhook's URL is a
//! credential: it is in no message, log line or failure.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod channel;
mod config;
mod delivery;
mod delivery_host;
mod discord_message;
mod event_values;
mod recovery_commands;
mod template;
mod template_check;
mod template_value;
mod text;
mod words;

#[cfg(test)]
mod tests;

use deployhost_plugin::prelude::*;

pub use config::Config;

pub struct DiscordNotify;

impl Notifier for DiscordNotify {
    type Config = Config;

    fn check(config: &Config) -> Vec<ConfigError> {
        config.errors()
    }

    /// Remembers the id of the last message, or of the one to edit.
    fn notify(
        event: &Event,
        config: &Config,
        memory: Option<&str>,
    ) -> Result<Option<String>, Failure> {
        match discord_message::compose(event, config) {
            Some(message) => channel::publish(
                &delivery_host::HostDelivery,
                config,
                event,
                &message,
                memory,
            ),
            None => Ok(memory.map(str::to_owned)),
        }
    }
}

deployhost_plugin::notifier!(DiscordNotify);
