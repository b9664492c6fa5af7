//! The loop: probe, judge, report how it stands, wait.

use deployhost_plugin::http::{Request, Response};
use deployhost_plugin::output;
use deployhost_plugin::prelude::*;

use crate::elapsed::Elapsed;
use crate::probe_counter::{ProbeCounter, ProbeDecision};
use crate::probe_host::ProbeHost;
use crate::probe_outcome::{self, CommitProof, ProbeOutcome};
use crate::{Config, answer};

pub fn wait_until_healthy(
    host: &impl ProbeHost,
    context: &Context,
    config: &Config,
) -> Result<Receipt, Failure> {
    let proof = proof(context, config);
    // What a cache in between remembers is not what runs.
    let request = Request::new("GET", &config.url)
        .header("cache-control", "no-cache")
        .timeout(config.timeout);
    let mut elapsed = Elapsed::since(
        host.now_unix_ms(),
        config.timeout.as_millis() + config.interval.as_millis() + 10_000,
    );
    let mut counter = ProbeCounter::new(config);
    let mut reported = String::new();
    loop {
        let sent_at = elapsed.until(host.now_unix_ms());
        let answer = host.send(&request);
        let outcome = probe_outcome::judge(config, &proof, answer.as_ref());
        let good = matches!(outcome, ProbeOutcome::Good { .. });
        let next = counter.record(sent_at, good);
        let took = elapsed.until(host.now_unix_ms());
        let seen = match outcome {
            ProbeOutcome::Hopeless(failure) => return Err(failure),
            ProbeOutcome::Good { verified } if next == ProbeDecision::Passed => {
                return Ok(receipt(
                    context,
                    &proof,
                    answer.ok().as_ref(),
                    verified,
                    took,
                    &counter,
                ));
            }
            ProbeOutcome::Good { .. } => {
                format!("good answer {} of {}", counter.good(), config.consecutive)
            }
            ProbeOutcome::NotYet(why) => why,
        };
        progress::report(
            counter.bad(),
            config.attempts,
            &standing(config, sent_at, &seen),
        );
        if seen != reported {
            log::info(&format!("{} after {}: {seen}", config.url, rounded(took)));
            reported.clone_from(&seen);
        }
        match next {
            ProbeDecision::Again { after } => host.sleep(after)?,
            ProbeDecision::Passed | ProbeDecision::Failed => {
                return Err(failure(
                    config,
                    &proof,
                    (&seen, answer.as_ref().ok()),
                    took,
                    &counter,
                ));
            }
        }
    }
}

fn proof(context: &Context, config: &Config) -> CommitProof {
    match (&config.witness, &context.commit) {
        (None, _) => CommitProof::None,
        (Some(_), None) => {
            log::warn("no step said which commit is deployed: the witness has nothing to tell");
            CommitProof::None
        }
        (Some(_), Some(commit)) if context.found_in_place() => CommitProof::Welcome(commit.clone()),
        (Some(_), Some(commit)) => CommitProof::Required(commit.clone()),
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
    context: &Context,
    proof: &CommitProof,
    answer: Option<&Response>,
    verified: bool,
    took: Duration,
    counter: &ProbeCounter,
) -> Receipt {
    let status = answer.map_or(0, |response| response.status);
    let carried = match proof {
        CommitProof::Required(commit) | CommitProof::Welcome(commit) if verified => {
            format!(" and carries {}", commit.short())
        }
        CommitProof::Welcome(commit) => format!(" (and does not tell {})", commit.short()),
        _ => String::new(),
    };
    let doubt = doubt(context, verified);
    let evidence = match (&doubt, verified) {
        (Some(_), _) => "running",
        (None, true) => "verified",
        (None, false) => "answering",
    };
    let doubt = doubt.map_or_else(String::new, |it| format!(", {it}"));
    Receipt {
        summary: format!(
            "answers with status {status}{carried}, after {} ({}){doubt}",
            rounded(took),
            probes(counter)
        ),
        evidence: evidence.to_owned(),
        ..Receipt::default()
    }
}

/// Why a good answer shows less than it seems to.
fn doubt(context: &Context, verified: bool) -> Option<String> {
    let named = |output| context.output::<Vec<String>>(output)?.into_iter().next();
    if let Some(name) = named(output::UNSTABLE) {
        return Some(format!("but {name} keeps ending"));
    }
    // A service that was renamed runs twice, and either may have answered.
    let left_over = named(output::LEFT_OVER).filter(|_| !verified)?;
    Some(format!(
        "or {left_over} does, whose service is gone from the Compose file"
    ))
}

/// What is wrong in one line; below it what was wanted, and what came.
fn failure(
    config: &Config,
    proof: &CommitProof,
    (seen, answer): (&str, Option<&Response>),
    took: Duration,
    counter: &ProbeCounter,
) -> Failure {
    let commit = match proof {
        CommitProof::Required(commit) => format!(", commit {}", commit.short()),
        _ => String::new(),
    };
    let row = match config.consecutive {
        1 => String::new(),
        times => format!(", {times} times in a row"),
    };
    let took = rounded(took);
    let message = format!(
        "{} is not well after {took} ({}): {seen}",
        config.url,
        probes(counter)
    );
    let mut failure = Failure::permanent("http-healthcheck.not-healthy", message)
        .parameter("url", &config.url)
        .parameter("elapsed", took)
        .parameter("probes", counter.sent())
        .parameter("seen", seen)
        .parameter("wanted", config.expect.words())
        .note(format!("wanted: {}{commit}{row}", config.expect.words()));
    if let CommitProof::Required(commit) = proof {
        failure = failure.parameter("commit", &commit.id);
    }
    match answer {
        Some(answer) => failure
            .parameter("status", answer.status)
            .note(format!("last answer: {}", answer::line(answer))),
        None => failure,
    }
}

fn probes(counter: &ProbeCounter) -> String {
    match counter.sent() {
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
