//! Why a fetch failed: git's exit code is the same for all reasons, so its words are read, in the
//! one language it is run in.
//!
//! What is not recognised is `Other`: claimed to be neither temporary nor anyone's fault.

use super::program::words;
use super::setup::FetchSource;
use crate::child::Finished;
use deployhost_runtime::capability::git::{Auth, Error};

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
pub(super) fn of(source: &FetchSource, finished: &Finished, auth: &Auth) -> Error {
    let said = finished.stderr.as_str();
    let says = |signs: &[&str]| signs.iter().any(|sign| said.contains(sign));
    let (url, words) = (&source.url, words(finished));
    if says(&["dubious ownership"]) {
        return Error::Other(format!(
            "the repository belongs to another user — {url} — git config --global --add safe.directory {url}, \
             and auth = \"user\""
        ));
    }
    if says(&[
        "returned error: 301",
        "returned error: 302",
        "returned error: 307",
        "returned error: 308",
    ]) {
        return Error::Invalid(format!(
            "the remote has moved — {url} — write its new address ({words})"
        ));
    }
    if says(&CREDENTIALS) {
        let cure = match auth {
            Auth::Plain => {
                "auth = \"user\" (as a git fetch typed by hand), auth = \"${secret.NAME}\", or ssh = { key, known_hosts }"
            }
            Auth::User => "try: git ls-remote, as this user",
            Auth::Ssh(_) => "is the key allowed there, and the host in known_hosts?",
            Auth::Token(_) => "is the secret still valid, and for this repository?",
        };
        return Error::Other(format!(
            "the remote refused us, or is not there — {url} — {cure} ({words})"
        ));
    }
    // Before `ABSENT`: "unable to auth … Could not resolve host" also names a repository.
    if says(&TEMPORARY) {
        return Error::Unreachable(format!("the remote did not answer — {url} — {words}"));
    }
    if says(&ABSENT) {
        return Error::NotFound(format!("there is no such repository — {url} — {words}"));
    }
    Error::Other(format!("the fetch failed — {url} — {words}"))
}

#[cfg(test)]
mod tests;
