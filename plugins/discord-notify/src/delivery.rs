//! One request to the webhook, at the pace that Discord asks for.

use deployhost_plugin::http::{self, Error, Request, Response};
use deployhost_plugin::prelude::*;
use deployhost_plugin::{Stopped, clock};
use serde_json::{Value, json};

use crate::Config;

/// The seam to the world.
pub trait World {
    fn send(&self, request: &Request) -> Result<Response, Error>;
    fn sleep(&self, time: Duration) -> Result<(), Stopped>;
}

/// The granted one, through the host.
pub struct Granted;

impl World for Granted {
    fn send(&self, request: &Request) -> Result<Response, Error> {
        http::send(request)
    }

    fn sleep(&self, time: Duration) -> Result<(), Stopped> {
        clock::sleep(time)
    }
}

const ATTEMPTS: u32 = 4;
/// All the waiting of one call. What takes longer is the host's to send later.
const PATIENCE: Duration = Duration::from_secs(8);
/// `SUPPRESS_EMBEDS`: a link in a commit message shows no preview.
const NO_PREVIEWS: u32 = 1 << 2;
/// Discord's code for a message that somebody deleted.
const UNKNOWN_MESSAGE: i64 = 10_008;

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// With the message's id, where Discord said it.
    Delivered(Option<String>),
    /// The message that was to be edited is not there any more.
    Gone,
    Wait(Duration),
    Failed(Failure),
}

/// Sends, and waits as long as it is told to wait, if that is not long. None: the message to edit is
/// gone. A `temporary` failure is one for the host to keep the message and try later.
pub fn deliver(
    world: &impl World,
    config: &Config,
    request: &Request,
) -> Result<Option<Option<String>>, Failure> {
    let mut waited = 0;
    for attempt in 1..=ATTEMPTS {
        match next(&world.send(request), &config.webhook) {
            Next::Delivered(id) => return Ok(Some(id)),
            Next::Gone => return Ok(None),
            Next::Failed(failure) => return Err(failure),
            Next::Wait(time) => {
                waited += time.as_millis();
                if attempt == ATTEMPTS || waited > PATIENCE.as_millis() {
                    return Err(Failure::Temporary(format!(
                        "Discord has too many messages, and asks to wait {time}"
                    )));
                }
                log::info(&format!("Discord asks to wait {time}"));
                world.sleep(time).map_err(|Stopped| {
                    Failure::Temporary("stopped while waiting for Discord".to_owned())
                })?;
            }
        }
    }
    Err(Failure::Temporary(
        "Discord has too many messages".to_owned(),
    ))
}

/// A new message.
pub fn post(config: &Config, content: &str) -> Request {
    let mut body = body(content);
    if let Some(username) = &config.username {
        body["username"] = json!(username);
    }
    // Only with `wait` does Discord say whether it kept the message.
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

pub fn next(outcome: &Result<Response, Error>, webhook: &str) -> Next {
    let response = match outcome {
        Ok(response) => response,
        Err(error) => return Next::Failed(unsent(error, webhook)),
    };
    let status = response.status;
    let code = answer(response)["code"].as_i64();
    Next::Failed(match status {
        200..=299 => return Next::Delivered(id(response)),
        429 => return Next::Wait(wait(response)),
        404 if code == Some(UNKNOWN_MESSAGE) => return Next::Gone,
        401 | 403 | 404 => Failure::Permanent(format!(
            "the webhook is gone or no longer valid (status {status}): make a new one in the channel's \
             settings and put its URL where the secret comes from"
        )),
        500..=599 => Failure::Temporary(format!("Discord is not well (status {status})")),
        _ => Failure::Permanent(match code {
            Some(code) => format!("Discord refused the message (status {status}, code {code})"),
            None => format!("Discord refused the message (status {status})"),
        }),
    })
}

/// A message may arrive twice where a connection broke; that is better than not at all.
fn unsent(error: &Error, webhook: &str) -> Failure {
    // Even the stand-in that a plugin sees of a credential is nothing to read.
    let told = format!(
        "Discord: {}",
        error.message().replace(webhook, "the webhook")
    );
    match error {
        Error::Timeout(_) | Error::Unreachable(_) | Error::Interrupted(_) => {
            Failure::Temporary(told)
        }
        Error::Invalid(_) => Failure::Config(told),
        Error::Denied(_) | Error::TooLarge(_) => Failure::Permanent(told),
        Error::Other(_) => Failure::Other(told),
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
    let told = answer(response)["retry_after"].as_f64();
    let header = || response.header("retry-after")?.trim().parse::<f64>().ok();
    let seconds = told.or_else(header).filter(|seconds| seconds.is_finite());
    Duration::from_millis((seconds.unwrap_or(1.0).clamp(0.3, 3_600.0) * 1_000.0).ceil() as u64)
}

fn answer(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_default()
}
