//! Asks servers in a secret's name, and says everything that comes back wherever a step can say it.

use deployhost_plugin::http::{Error, Request, send};
use deployhost_plugin::prelude::*;

use crate::Config;
use crate::trick::Did;

/// How much of it goes into an answer: a step's outputs are 64 KiB.
const SAID: usize = 40_000;
/// A line of its own making, so that its own cuts are seen apart from the host's.
const LINE: usize = 8_000;

/// Sends `method` to every address of `to` with every path of `text` behind it, carrying what `with`
/// has for it. `n`: 0 it says all of it, 1 it fails with it, 2 it panics with it; 3 and 4 are 1 and 2 for
/// what acts, and 0 for what looks.
pub fn perform(config: &Config, method: &str) -> Result<Did, Failure> {
    let mut heard = String::new();
    for (at, address) in config.to.iter().enumerate() {
        for path in config.text.split(' ') {
            let token = config.with.get(at).filter(|token| !token.is_empty());
            let (there, answer) = ask(method, &format!("{address}{path}"), token);
            answer.lines().for_each(log::info);
            log::info(&reversed(&answer));
            answer.lines().for_each(|line| progress::report(1, 2, line));
            heard.push_str(&answer);
            if !there {
                // It would be the same with every path.
                break;
            }
        }
    }
    let heard = &heard[..heard.floor_char_boundary(SAID)];
    let end = match (config.n, method) {
        (3 | 4, "GET") => 0,
        (n @ (3 | 4), _) => n - 2,
        (n, _) => n,
    };
    match end {
        0 => Ok(Did {
            summary: heard.to_owned(),
            pin: Some(heard.to_owned()),
            outputs: vec![("tree".into(), serde_json::json!(heard).to_string())],
            by_hand: heard.lines().map(str::to_owned).collect(),
            ..Did::default()
        }),
        1 => Err(Failure::permanent("misbehaving.heard", heard)
            .help(heard)
            .parameter("heard", heard)
            .note(heard)),
        _ => panic!("{heard}"),
    }
}

/// With the token alone and behind a scheme: both are filled in. Whether a server is there, and what
/// came of it.
fn ask(method: &str, url: &str, token: Option<&String>) -> (bool, String) {
    let patience = if url.ends_with("/slow") { 150 } else { 2_000 };
    let mut request = Request::new(method, url).timeout(Duration::from_millis(patience));
    if let Some(token) = token {
        request = request
            .header("authorization", format!("Bearer {token}"))
            .header("x-token", token.as_str());
    }
    match send(&request) {
        Err(error) => (
            !matches!(error, Error::Unreachable(_)),
            format!("{error:?}\n"),
        ),
        Ok(response) => {
            let headers = response.headers.iter();
            let headers = headers.map(|(name, value)| format!("{name}: {value}\n"));
            let headers: String = headers.collect();
            let said = format!("{}\n{headers}{}\n", response.status, response.text());
            (true, said)
        }
    }
}

/// What the host should have taken out forwards must not be there backwards.
fn reversed(text: &str) -> String {
    let end = text.floor_char_boundary(LINE);
    text[..end].chars().rev().filter(|c| *c != '\n').collect()
}
