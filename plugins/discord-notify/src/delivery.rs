//! One request to the webhook, at the pace that Discord asks for.

use deployhost_plugin::Stopped;
use deployhost_plugin::http::{Error, Request, Response};
use deployhost_plugin::prelude::*;
use serde_json::{Value, json};

use crate::Config;
use crate::delivery_host::DeliveryHost;

const RATE_LIMITED: &str = "discord-notify.rate-limited";
const ATTEMPTS: u32 = 4;
/// All the waiting of one call. What takes longer is the host's to send later.
const PATIENCE: Duration = Duration::from_secs(8);
/// `SUPPRESS_EMBEDS`: a link in a commit message shows no preview.
const NO_PREVIEWS: u32 = 1 << 2;
/// Discord's code for a message that somebody deleted.
const UNKNOWN_MESSAGE: i64 = 10_008;

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryAnswer {
    /// With the message's id, where Discord gave it.
    Delivered(Option<String>),
    /// The message that was to be edited is not there any more.
    Gone,
    Wait(Duration),
    Failed(Failure),
}

/// Sends, and waits as long as Discord asks to, if that is not long. None: the message to edit is
/// gone. A `temporary` failure is one for the host to keep the message and try later.
pub fn deliver(
    host: &impl DeliveryHost,
    config: &Config,
    request: &Request,
) -> Result<Option<Option<String>>, Failure> {
    let mut waited = 0;
    for attempt in 1..=ATTEMPTS {
        match interpret(&host.send(request), &config.webhook) {
            DeliveryAnswer::Delivered(id) => return Ok(Some(id)),
            DeliveryAnswer::Gone => return Ok(None),
            DeliveryAnswer::Failed(failure) => return Err(failure),
            DeliveryAnswer::Wait(time) => {
                waited += time.as_millis();
                if attempt == ATTEMPTS || waited > PATIENCE.as_millis() {
                    let message = format!("Discord has too many messages, and asks to wait {time}");
                    return Err(Failure::temporary(RATE_LIMITED, message).parameter("wait", time));
                }
                log::info(&format!("Discord asks to wait {time}"));
                host.sleep(time).map_err(|Stopped| {
                    Failure::temporary(
                        "discord-notify.stopped",
                        "stopped while waiting for Discord",
                    )
                })?;
            }
        }
    }
    Err(Failure::temporary(
        RATE_LIMITED,
        "Discord has too many messages",
    ))
}

/// A new message.
pub fn post(config: &Config, content: &str) -> Request {
    let mut body = body(content);
    if let Some(username) = &config.username {
        body["username"] = json!(username);
    }
    // Only with `wait` does Discord answer whether it kept the message.
    let joint = match config.webhook.contains('?') {
        true => '&',
        false => '?',
    };
    Request::new("POST", format!("{}{joint}wait=true", config.webhook)).json(&body)
}

/// An earlier message, with another text.
pub fn edit(config: &Config, id: &str, content: &str) -> Request {
    let url = match config.webhook.split_once('?') {
        Some((hook, query)) => format!("{hook}/messages/{id}?{query}"),
        None => format!("{}/messages/{id}", config.webhook),
    };
    Request::new("PATCH", url).json(&body(content))
}

/// An edit forgets what the message was sent with: nobody is mentioned, each time.
fn body(content: &str) -> Value {
    json!({
        "content": content,
        "allowed_mentions": { "parse": [] },
        "flags": NO_PREVIEWS,
    })
}

pub fn interpret(outcome: &Result<Response, Error>, webhook: &str) -> DeliveryAnswer {
    let response = match outcome {
        Ok(response) => response,
        Err(error) => return DeliveryAnswer::Failed(unsent(error, webhook)),
    };
    let status = response.status;
    let code = answer(response)["code"].as_i64();
    let failure = match status {
        200..=299 => return DeliveryAnswer::Delivered(id(response)),
        429 => return DeliveryAnswer::Wait(wait(response)),
        404 if code == Some(UNKNOWN_MESSAGE) => return DeliveryAnswer::Gone,
        401 | 403 | 404 => Failure::permanent(
            "discord-notify.webhook-invalid",
            format!(
                "the webhook is gone or no longer valid (status {status}): make a new one in the channel's \
                 settings and put its URL where the secret comes from"
            ),
        ),
        500..=599 => Failure::temporary(
            "discord-notify.server-error",
            format!("Discord is not well (status {status})"),
        ),
        _ => refused(status, code),
    };
    DeliveryAnswer::Failed(failure.parameter("status", status))
}

fn refused(status: u16, code: Option<i64>) -> Failure {
    let refused = |message| Failure::permanent("discord-notify.message-refused", message);
    match code {
        Some(code) => refused(format!(
            "Discord refused the message (status {status}, code {code})"
        ))
        .parameter("code", code),
        None => refused(format!("Discord refused the message (status {status})")),
    }
}

/// A message may arrive twice where a connection broke; that is better than not at all.
fn unsent(error: &Error, webhook: &str) -> Failure {
    let diagnostic = without_webhook(error.diagnostic(), webhook).while_doing("Discord");
    match error {
        Error::Timeout(_) | Error::Unreachable(_) | Error::Interrupted(_) => {
            Failure::Temporary(diagnostic)
        }
        Error::Invalid(_) => Failure::Config(diagnostic),
        Error::Denied(_) | Error::TooLarge(_) => Failure::Permanent(diagnostic),
        Error::Other(_) => Failure::Other(diagnostic),
    }
}

/// Even the stand-in that a plugin sees of a credential is nothing to read.
fn without_webhook(diagnostic: &Diagnostic, webhook: &str) -> Diagnostic {
    let clean = |text: &String| text.replace(webhook, "the webhook");
    let parameters = diagnostic.parameters.iter();
    Diagnostic {
        code: diagnostic.code.clone(),
        message: clean(&diagnostic.message),
        help: diagnostic.help.as_ref().map(clean),
        parameters: parameters
            .map(|(name, value)| (name.clone(), clean(value)))
            .collect(),
        notes: diagnostic.notes.iter().map(clean).collect(),
    }
}

fn id(response: &Response) -> Option<String> {
    let answer = answer(response);
    answer["id"]
        .as_str()
        .filter(|id| is_id(id))
        .map(str::to_owned)
}

/// Of a message: what is put into a URL is nothing else.
pub fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 20 && text.bytes().all(|b| b.is_ascii_digit())
}

/// In seconds, with a fraction, in the body; else in the header, which is all that a proxy in front of
/// Discord sends. From 0.3 s to an hour.
fn wait(response: &Response) -> Duration {
    let in_body = answer(response)["retry_after"].as_f64();
    let header = || response.header("retry-after")?.trim().parse::<f64>().ok();
    let seconds = in_body
        .or_else(header)
        .filter(|seconds| seconds.is_finite());
    Duration::from_millis((seconds.unwrap_or(1.0).clamp(0.3, 3_600.0) * 1_000.0).ceil() as u64)
}

fn answer(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_default()
}
