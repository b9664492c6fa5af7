//! The loop: ask, judge, say how it stands, wait.

use deployhost_plugin::http::{self, Error, Request, Response};
use deployhost_plugin::prelude::*;
use deployhost_plugin::{Stopped, clock};

use crate::Config;
use crate::answer;
use crate::probe::{Next, Probe};
use crate::verdict::{self, Proof, Verdict};

/// The seam to the world.
pub trait World {
    fn now_unix_ms(&self) -> u64;
    fn sleep(&self, time: Duration) -> Result<(), Stopped>;
    fn send(&self, request: &Request) -> Result<Response, Error>;
}

/// The granted one, through the host.
pub struct Granted;

impl World for Granted {
    fn now_unix_ms(&self) -> u64 {
        clock::now_unix_ms()
    }

    fn sleep(&self, time: Duration) -> Result<(), Stopped> {
        clock::sleep(time)
    }

    fn send(&self, request: &Request) -> Result<Response, Error> {
        http::send(request)
    }
}

/// Time that passed, by a clock that may be set meanwhile: no part of it is longer than it can have
/// been.
struct Elapsed {
    total_ms: u64,
    last_unix_ms: u64,
    longest_ms: u64,
}

impl Elapsed {
    fn by(&mut self, now_unix_ms: u64) -> Duration {
        let part = now_unix_ms.saturating_sub(self.last_unix_ms);
        self.total_ms += part.min(self.longest_ms);
        self.last_unix_ms = now_unix_ms;
        Duration::from_millis(self.total_ms)
    }
}

pub fn until_well(
    world: &impl World,
    context: &Context,
    config: &Config,
) -> Result<Receipt, Failure> {
    let proof = proof(context, config);
    // What a cache in between remembers is not what runs.
    let request = Request::new("GET", &config.url)
        .header("cache-control", "no-cache")
        .timeout(config.timeout);
    let mut elapsed = Elapsed {
        total_ms: 0,
        last_unix_ms: world.now_unix_ms(),
        longest_ms: config.timeout.as_millis() + config.interval.as_millis() + 10_000,
    };
    let mut probe = Probe::new(config);
    let mut said = String::new();
    loop {
        let sent_at = elapsed.by(world.now_unix_ms());
        let answer = world.send(&request);
        let verdict = verdict::of(config, &proof, answer.as_ref());
        let good = matches!(verdict, Verdict::Good { .. });
        let next = probe.record(sent_at, good);
        let took = elapsed.by(world.now_unix_ms());
        let seen = match verdict {
            Verdict::Hopeless(failure) => return Err(failure),
            Verdict::Good { verified } if next == Next::Passed => {
                return Ok(receipt(
                    &proof,
                    answer.ok().as_ref(),
                    verified,
                    took,
                    &probe,
                ));
            }
            Verdict::Good { .. } => {
                format!("good answer {} of {}", probe.good(), config.consecutive)
            }
            Verdict::NotYet(why) => why,
        };
        progress::report(
            probe.bad(),
            config.attempts,
            &standing(config, sent_at, &seen),
        );
        if seen != said {
            log::info(&format!("{} after {}: {seen}", config.url, rounded(took)));
            said.clone_from(&seen);
        }
        match next {
            Next::Again { after } => world.sleep(after)?,
            Next::Passed | Next::Failed => {
                return Err(failure(
                    config,
                    &proof,
                    (&seen, answer.as_ref().ok()),
                    took,
                    &probe,
                ));
            }
        }
    }
}

fn proof(context: &Context, config: &Config) -> Proof {
    match (&config.witness, &context.commit) {
        (None, _) => Proof::None,
        (Some(_), None) => {
            log::warn("no step said which commit is deployed: the witness has nothing to tell");
            Proof::None
        }
        (Some(_), Some(commit)) if context.found_in_place() => Proof::Welcome(commit.clone()),
        (Some(_), Some(commit)) => Proof::Required(commit.clone()),
    }
}

fn standing(config: &Config, sent_at: Duration, seen: &str) -> String {
    if sent_at < config.start_period {
        return format!(
            "starting, {} of {}: {seen}",
            rounded(sent_at),
            config.start_period
        );
    }
    seen.to_owned()
}

fn receipt(
    proof: &Proof,
    answer: Option<&Response>,
    verified: bool,
    took: Duration,
    probe: &Probe,
) -> Receipt {
    let status = answer.map_or(0, |response| response.status);
    let carried = match proof {
        Proof::Required(commit) | Proof::Welcome(commit) if verified => {
            format!(" and carries {}", commit.short())
        }
        Proof::Welcome(commit) => format!(" (and does not tell {})", commit.short()),
        _ => String::new(),
    };
    Receipt {
        summary: format!(
            "answers with status {status}{carried}, after {} ({})",
            rounded(took),
            probes(probe)
        ),
        evidence: if verified { "verified" } else { "answering" }.to_owned(),
        ..Receipt::default()
    }
}

/// What is wrong in one line; below it what was wanted, and what came.
fn failure(
    config: &Config,
    proof: &Proof,
    (seen, answer): (&str, Option<&Response>),
    took: Duration,
    probe: &Probe,
) -> Failure {
    let commit = match proof {
        Proof::Required(commit) => format!(", commit {}", commit.short()),
        _ => String::new(),
    };
    let row = match config.consecutive {
        1 => String::new(),
        times => format!(", {times} times in a row"),
    };
    let came = answer.map_or(String::new(), |answer| {
        format!("\nlast answer: {}", answer::line(answer))
    });
    Failure::Permanent(format!(
        "{} is not well after {} ({}): {seen}\nwanted: {}{commit}{row}{came}",
        config.url,
        rounded(took),
        probes(probe),
        config.expect.words()
    ))
}

fn probes(probe: &Probe) -> String {
    match probe.asked() {
        1 => "1 probe".to_owned(),
        some => format!("{some} probes"),
    }
}

/// Whole seconds, once there are some.
fn rounded(time: Duration) -> Duration {
    match time.as_secs() {
        0 => time,
        seconds => Duration::from_secs(seconds),
    }
}
