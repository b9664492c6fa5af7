//! What the host itself saw during one call of a plugin.
//!
//! How sure a run may be of its result is measured by this, never by the plugin's word: containers
//! that were looked at after the last change, an answer that was delivered, the commit found in it.
//! Owns which texts carry a commit; what follows from the evidence is the engine's.

use std::sync::{Mutex, MutexGuard, PoisonError};

use deployhost_policy::Evidence;
use deployhost_policy::http::Origin;

/// Fewer hexadecimal digits than this are no commit.
const SHORTEST: usize = 7;

/// What a call is about.
#[derive(Debug, Clone, Default)]
pub struct ObservedDeployment {
    /// The commit that is being deployed, in hexadecimal digits.
    pub commit: Option<String>,
    /// Where the plan says that people reach the service.
    pub origin: Option<Origin>,
}

/// Of one call.
#[derive(Debug, Default)]
pub struct Observations {
    about: ObservedDeployment,
    seen: Mutex<Option<Evidence>>,
}

/// A request that was answered, as text: URL, headers and body of both.
pub struct Exchange<'a> {
    pub asked: Vec<&'a [u8]>,
    pub answered: Vec<&'a [u8]>,
}

impl Observations {
    pub fn of(about: ObservedDeployment) -> Self {
        Self {
            about,
            seen: Mutex::default(),
        }
    }

    /// Everything that was seen before this change is of another time.
    pub(super) fn changed(&self) {
        *self.seen() = None;
    }

    /// Containers were looked at.
    pub(super) fn looked_at_containers(&self) {
        self.add(Evidence::Running);
    }

    /// A request got an answer, which the plugin is given; `proven`: by this deployment, see
    /// [`Self::carries_commit`].
    pub(super) fn answered(&self, proven: bool) {
        self.add(match proven {
            true => Evidence::Verified,
            false => Evidence::Answering,
        });
    }

    /// Is it where the plan says that people reach the service?
    pub(super) fn is_plans(&self, origin: &Origin) -> bool {
        self.about.origin.as_ref() == Some(origin)
    }

    /// Is the commit in the answer, and not because the request had it? An echo proves nothing; and
    /// other programs know the commit without running it, so that it counts in the answer of this
    /// deployment alone.
    pub(super) fn carries_commit(&self, exchange: &Exchange<'_>) -> bool {
        let Some(commit) = &self.about.commit else {
            return false;
        };
        let has = |texts: &[&[u8]]| texts.iter().any(|text| names(text, commit));
        has(&exchange.answered) && !has(&exchange.asked)
    }

    /// The most that may be claimed. None: nothing was looked at since the last change.
    pub fn evidence(&self) -> Option<Evidence> {
        *self.seen()
    }

    fn add(&self, evidence: Evidence) {
        let mut seen = self.seen();
        *seen = (*seen).max(Some(evidence));
    }

    fn seen(&self) -> MutexGuard<'_, Option<Evidence>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has the text the commit's id, or its first digits, as a word of hexadecimal digits?
fn names(text: &[u8], commit: &str) -> bool {
    text.split(|byte| !byte.is_ascii_hexdigit()).any(|word| {
        (SHORTEST..=commit.len()).contains(&word.len())
            && commit.as_bytes()[..word.len()].eq_ignore_ascii_case(word)
    })
}

#[cfg(test)]
mod tests;
