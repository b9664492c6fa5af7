//! What Compose says in its errors: the one or two lines of it that are worth passing on.

use std::collections::BTreeSet;

use super::sensitive_values::SensitiveValues;
use deployhost_policy::Diagnostic;
use deployhost_policy::text::escape_controls;
use deployhost_runtime::capability::error::{CapabilityError, OfKind};
use deployhost_runtime::redaction_scope::redact_in_scope;

/// Longest line passed on, in bytes.
const LINE: usize = 600;

/// Lines that tell nothing to whoever reads an error.
const NOISE: [&str; 11] = [
    "Encountered errors while bringing up the project",
    "DEPRECATED:",
    "Install the buildx component",
    "https://docs.docker.com/go/buildx",
    "Found orphan containers",
    "key, which will be ignored",
    "You might be seeing this error because",
    "For more on the Compose file format versions",
    "is not set. Defaulting to a blank string",
    "the attribute `version` is obsolete",
    "level=warning",
];

/// What Compose 2 tells the progress of, and how far it says that this is.
const SUBJECTS: [&str; 5] = ["Container", "Network", "Volume", "Image", "Service"];
const STAGES: [&str; 18] = [
    "Creating",
    "Created",
    "Starting",
    "Started",
    "Restarting",
    "Recreate",
    "Recreated",
    "Running",
    "Waiting",
    "Healthy",
    "Exited",
    "Stopping",
    "Stopped",
    "Removing",
    "Removed",
    "Pulling",
    "Pulled",
    "Error",
];

/// The layers that an error of Docker came through: they say nothing of it.
const LAYERS: [&str; 7] = [
    "Error response from daemon: ",
    "failed to create task for container: ",
    "failed to create shim task: ",
    "OCI runtime create failed: ",
    "runc create failed: ",
    "unable to start container process: ",
    "error during container init: ",
];
/// The layer that names an endpoint, and its id in brackets.
const ENDPOINT: &str = "driver failed programming external connectivity on endpoint ";
/// What a mount that failed is told with.
const DESCRIPTOR: &str = " (via /proc/self/fd/";

/// A registry that cannot be reached, or not now.
const PASSING: [&str; 16] = [
    "dial tcp",
    "no such host",
    "i/o timeout",
    "TLS handshake timeout",
    "connection refused",
    "connection reset",
    "Client.Timeout",
    "request canceled while waiting",
    "network is unreachable",
    "server misbehaving",
    "unexpected EOF",
    "toomanyrequests",
    "Too Many Requests",
    "Bad Gateway",
    "Service Unavailable",
    "Cannot connect to the Docker daemon",
];

/// A registry that answered: there is no such image, for us.
const ABSENT: [&str; 5] = [
    "manifest unknown",
    "pull access denied",
    "repository does not exist",
    "unauthorized",
    "not found",
];

/// The last lines that say something, on one line, without values of the files.
pub fn summarize(errors: &str, sensitive: &SensitiveValues) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in errors.lines().map(plain) {
        let noise = NOISE.iter().any(|noise| line.contains(noise));
        if line.is_empty() || is_progress(&line) || noise || lines.contains(&line) {
            continue;
        }
        lines.push(line);
    }
    let last = &lines[lines.len().saturating_sub(2)..];
    let line = sensitive.scrub(&last.join(" / "));
    let line = redact_in_scope(&line, LINE);
    match line.is_empty() {
        true => "Compose did not say why".into(),
        false => escape_controls(&line),
    }
}

/// `Creating p_app_1 ... done`, ` Container p-app-1  Created`.
fn is_progress(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let (subject, stage) = (words.next(), words.next_back());
    let is_one = |of: &[&str], word: Option<&str>| word.is_some_and(|word| of.contains(&word));
    let first = line.ends_with(" ...") || line.contains(" ... done") || line.contains(" ... error");
    first || is_one(&SUBJECTS, subject) && is_one(&STAGES, stage)
}

/// Compose 1 tells one failure twice: `for p_app_1  …` and `for app  …`. Of Docker's own words, the
/// cause is kept, and not what it came through.
fn plain(line: &str) -> String {
    let line = line.trim().trim_start_matches("ERROR: ").trim();
    let told = line
        .strip_prefix("for ")
        .and_then(|rest| rest.split_once("  "));
    let mut line = told.map_or(line, |(_, rest)| rest.trim()).to_owned();
    for layer in LAYERS {
        line = line.replace(layer, "");
    }
    line = without(&line, ENDPOINT, "): ");
    line = without(&line, DESCRIPTOR, ")");
    let cause = line.split(": unknown: Are you trying").next();
    let cause = cause.unwrap_or_default();
    cause.strip_suffix(": unknown").unwrap_or(cause).to_owned()
}

/// The line but for what lies from `from` to the next `to`, these included.
fn without(line: &str, from: &str, to: &str) -> String {
    let parts = line
        .split_once(from)
        .and_then(|(before, rest)| Some((before, rest.split_once(to)?.1)));
    match parts {
        Some((before, after)) => format!("{before}{after}"),
        None => line.to_owned(),
    }
}

/// The variables that a file uses and nobody set, of both Composes' warnings.
pub fn unset(errors: &str) -> BTreeSet<String> {
    let names = errors.lines().filter_map(|line| {
        let (before, _) = line.split_once("variable is not set")?;
        let name = before.split_whitespace().next_back()?;
        Some(name.trim_matches(['"', '\\', '\'']).to_owned())
    });
    names.collect()
}

/// An error of `pull` by what it says.
pub fn classify_pull_error(
    errors: &str,
    image: &str,
    sensitive: &SensitiveValues,
) -> CapabilityError {
    let line = summarize(errors, sensitive);
    let problem = |code: &'static str, message: String| {
        Diagnostic::new(code, message).parameter("image", image)
    };
    let says = |words: &[&str]| words.iter().any(|word| errors.contains(word));
    if says(&PASSING) {
        return problem(
            "compose.registry-unreachable",
            format!("{image} was not pulled: {line}"),
        )
        .unreachable();
    }
    if says(&ABSENT) {
        return problem(
            "compose.image-unknown",
            format!("there is no image {image}, or it is not for this user: {line}"),
        )
        .invalid();
    }
    problem(
        "compose.pull-failed",
        format!("{image} was not pulled: {line}"),
    )
    .other()
}

#[cfg(test)]
mod tests;
