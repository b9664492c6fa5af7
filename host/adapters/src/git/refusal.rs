//! Why a fetch failed: git's exit code is the same for all reasons, so its words are read, in the
//! one language it is run in.
//!
//! What is not recognised is `Other`: claimed to be neither temporary nor anyone's fault.

use super::program::words;
use super::setup::FetchSource;
use crate::child::Finished;
use deployhost_policy::{Diagnostic, Location};
use deployhost_runtime::capability::error::{CapabilityError, OfKind};
use deployhost_runtime::capability::git::{Auth, TreePath};

const CREDENTIALS: [&str; 8] = [
    "could not read Username",
    "could not read Password",
    "Authentication failed",
    "Permission denied (",
    "Host key verification failed",
    "returned error: 401",
    "returned error: 403",
    "terminal prompts disabled",
];

const ABSENT: [&str; 5] = [
    "does not appear to be a git repository",
    "epository not found",
    "returned error: 404",
    "' not found",
    "does not exist",
];

const TEMPORARY: [&str; 17] = [
    "Could not resolve host",
    "Temporary failure in name resolution",
    "Couldn't connect to server",
    "Failed to connect",
    "Connection refused",
    "Connection reset",
    "Connection closed",
    "Connection timed out",
    "Operation timed out",
    "Operation too slow",
    "No route to host",
    "Network is unreachable",
    "returned error: 5",
    "returned error: 429",
    "Empty reply from server",
    "early EOF",
    "unexpected disconnect",
];

/// What the failed fetch means for whoever asked for it.
pub(super) fn of(
    source: &FetchSource,
    finished: &Finished,
    auth: &Auth,
    tree: &TreePath,
) -> CapabilityError {
    let said = finished.stderr.as_str();
    let says = |signs: &[&str]| signs.iter().any(|sign| said.contains(sign));
    let (url, words) = (source.url.as_str(), words(finished));
    let problem = |code: &'static str, message: String| {
        Diagnostic::new(code, message)
            .at(Location::named(url))
            .parameter("url", url)
    };
    if says(&["dubious ownership"]) {
        return problem(
            "git.other-owner",
            "the repository belongs to another user".into(),
        )
        .help(format!("git config --global --add safe.directory {url}"))
        .note(as_this_user(tree))
        .other();
    }
    if says(&[
        "returned error: 301",
        "returned error: 302",
        "returned error: 307",
        "returned error: 308",
    ]) {
        return problem("git.remote-moved", "the remote has moved".into())
            .help(format!("write its new address ({words})"))
            .invalid();
    }
    if says(&CREDENTIALS) {
        let help = match auth {
            Auth::Plain => as_this_user(tree),
            Auth::User => "try: git ls-remote, as this user".to_owned(),
            Auth::Ssh(_) => "is the key allowed there, and the host in known_hosts?".to_owned(),
            Auth::Token(_) => "is the secret still valid, and for this repository?".to_owned(),
        };
        return problem(
            "git.remote-refused",
            "the remote refused us, or is not there".into(),
        )
        .help(help)
        .note(words)
        .other();
    }
    // Before `ABSENT`: "unable to auth … Could not resolve host" also names a repository.
    if says(&TEMPORARY) {
        return problem(
            "git.remote-unreachable",
            format!("the remote did not answer: {words}"),
        )
        .unreachable();
    }
    if says(&ABSENT) {
        return problem(
            "git.remote-missing",
            format!("there is no such repository: {words}"),
        )
        .not_found();
    }
    problem("git.fetch-failed", format!("the fetch failed: {words}")).other()
}

/// What a plan says so that a fetch may do what this user may. TOML reads JSON's strings.
fn as_this_user(tree: &TreePath) -> String {
    let tree = serde_json::Value::from(tree.to_string());
    format!("fetch as this user does: grant.git = [{{ tree = {tree}, auth = \"user\" }}]")
}

#[cfg(test)]
mod tests;
