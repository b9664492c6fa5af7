//! Which message an event becomes: a new one, or an earlier one with another text.

use deployhost_plugin::{Event, Failure};

use crate::Config;
use crate::config::Mode;
use crate::delivery::{deliver, edit, interpret, is_id, post};
use crate::delivery_host::DeliveryHost;
use crate::discord_message::DiscordMessage;

/// These are seen without anybody being called. Whatever went wrong is a new message.
const QUIET: [&str; 3] = ["progress", "succeeded", "unchanged"];

/// Publishes it. Remembers the id of the message to edit; `memory` is what was remembered before.
pub fn publish(
    host: &impl DeliveryHost,
    config: &Config,
    event: &Event,
    message: &DiscordMessage,
    memory: Option<&str>,
) -> Result<Option<String>, Failure> {
    let kind = event.kind.as_str();
    let kept = config.mode == Mode::Edit && kind != "started";
    let earlier = memory.filter(|id| kept && is_id(id));
    let made_up = event.context.is_test();
    if kind == "progress" && earlier.is_none() && !made_up {
        // What began it has not been published yet.
        return Ok(None);
    }
    if let Some(id) = earlier
        && QUIET.contains(&kind)
        && deliver(host, config, &edit(config, id, &message.content))?.is_some()
    {
        return Ok(Some(id.to_owned()));
    }
    let new = deliver(host, config, &post(config, &message.content))?.flatten();
    match earlier {
        Some(id) if !QUIET.contains(&kind) => {
            // The message that began it no longer claims that it goes on. Nobody waits for that: the
            // news is out.
            let _unimportant = interpret(
                &host.send(&edit(config, id, &message.title)),
                &config.webhook,
            );
            Ok(Some(id.to_owned()))
        }
        _ => Ok(new),
    }
}
