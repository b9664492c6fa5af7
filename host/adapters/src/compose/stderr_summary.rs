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
        let progress =
            line.ends_with(" ...") || line.contains(" ... done") || line.contains(" ... error");
        let noise = NOISE.iter().any(|noise| line.contains(noise));
        if line.is_empty() || progress || noise || lines.iter().any(|seen| seen == line) {
            continue;
        }
        lines.push(line.to_owned());
    }
    let last = &lines[lines.len().saturating_sub(2)..];
    let line = sensitive.scrub(&last.join(" / "));
    let line = redact_in_scope(&line, LINE);
    match line.is_empty() {
        true => "Compose did not say why".into(),
        false => escape_controls(&line),
    }
}

/// Compose 1 tells one failure twice: `for p_app_1  …` and `for app  …`.
fn plain(line: &str) -> &str {
    let line = line.trim().trim_start_matches("ERROR: ").trim();
    match line
        .strip_prefix("for ")
        .and_then(|rest| rest.split_once("  "))
    {
        Some((_, rest)) => rest.trim(),
        None => line,
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
