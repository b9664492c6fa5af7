//! One message to the webhook, at the pace that Discord asks for.

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

const ATTEMPTS: u32 = 5;
/// `SUPPRESS_EMBEDS`: a link in a commit message shows no preview.
const NO_PREVIEWS: u32 = 1 << 2;

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// With the message's id, where Discord said it.
    Delivered(Option<String>),
    Wait(Duration),
    Failed(Failure),
}

/// Sends, and waits as long as it is told to wait. A `temporary` failure is one for the host to keep
/// the message and try later.
pub fn deliver(
    world: &impl World,
    config: &Config,
    content: &str,
) -> Result<Option<String>, Failure> {
    let request = request(config, content);
    for _ in 1..ATTEMPTS {
        match next(&world.send(&request), &config.webhook) {
            Next::Delivered(id) => return Ok(id),
            Next::Failed(failure) => return Err(failure),
            Next::Wait(time) => {
                log::info(&format!("Discord asks to wait {time}"));
                world.sleep(time).map_err(|Stopped| {
                    Failure::Temporary("stopped while waiting for Discord".to_owned())
                })?;
            }
        }
    }
    match next(&world.send(&request), &config.webhook) {
        Next::Delivered(id) => Ok(id),
        Next::Failed(failure) => Err(failure),
        Next::Wait(time) => Err(Failure::Temporary(format!(
            "Discord took no message in {ATTEMPTS} attempts, and asks to wait another {time}"
        ))),
    }
}

pub fn request(config: &Config, content: &str) -> Request {
    // Only with `wait` does Discord say whether it kept the message.
    let joint = if config.webhook.contains('?') {
        '&'
    } else {
        '?'
    };
    let mut body = json!({
        "content": content,
        "allowed_mentions": { "parse": [] },
        "flags": NO_PREVIEWS,
    });
    if let Some(username) = &config.username {
        body["username"] = json!(username);
    }
    Request::new("POST", format!("{}{joint}wait=true", config.webhook)).json(&body)
}

pub fn next(outcome: &Result<Response, Error>, webhook: &str) -> Next {
    let response = match outcome {
        Ok(response) => response,
        Err(error) => return Next::Failed(unsent(error, webhook)),
    };
    let status = response.status;
    Next::Failed(match status {
        200..=299 => return Next::Delivered(id(response)),
        429 => return Next::Wait(wait(response)),
        401 | 403 | 404 => Failure::Permanent(format!(
            "the webhook is gone or no longer valid (status {status}): make a new one in the channel's \
             settings and put its URL where the secret comes from"
        )),
        500..=599 => Failure::Temporary(format!("Discord is not well (status {status})")),
        _ => Failure::Permanent(match body(response)["code"].as_i64() {
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
    let body = body(response);
    let id = body["id"].as_str()?;
    (!id.is_empty() && id.len() <= 20 && id.bytes().all(|b| b.is_ascii_digit()))
        .then(|| id.to_owned())
}

/// In seconds, with a fraction, in the body; else in the header. From 0.3 s to a minute.
fn wait(response: &Response) -> Duration {
    let told = body(response)["retry_after"].as_f64();
    let header = || response.header("retry-after")?.trim().parse::<f64>().ok();
    let seconds = told.or_else(header).filter(|seconds| seconds.is_finite());
    Duration::from_millis((seconds.unwrap_or(1.0).clamp(0.3, 60.0) * 1_000.0).ceil() as u64)
}

fn body(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_default()
}
