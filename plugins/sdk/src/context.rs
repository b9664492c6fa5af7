//! The run that a plugin is part of, as it is given it.

use serde::de::DeserializeOwned;

use crate::{Cause, Context, LocalTime};

impl Context {
    /// What an earlier step put out under this key. None: no step did, or in another shape.
    pub fn output<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let (_, json) = self.outputs.iter().rev().find(|(name, _)| name == key)?;
        serde_json::from_str(json).ok()
    }

    /// A detail that has no method of its own yet.
    pub fn detail(&self, key: &str) -> Option<&str> {
        let (_, value) = self.details.iter().rev().find(|(name, _)| name == key)?;
        Some(value)
    }

    /// Plan and environment, as people call the target.
    pub fn target(&self) -> String {
        format!("{} ({})", self.plan, self.environment)
    }

    /// On the way back to what the very first run found: nobody knows which commit that really
    /// answered with.
    pub fn found_in_place(&self) -> bool {
        self.is_set("found-in-place")
    }

    /// The moment, in the host's own time zone.
    pub fn local_time(&self) -> Option<LocalTime> {
        self.detail("local-time")?.parse().ok()
    }

    /// For notifiers: the whole command that brings back the release before.
    pub fn rollback(&self) -> Option<&str> {
        self.detail("rollback")
    }

    /// For notifiers: the whole command that shows the run's log.
    pub fn logs(&self) -> Option<&str> {
        self.detail("logs")
    }

    /// For notifiers: the word that the plan wants typed, where it wants one.
    pub fn confirm(&self) -> Option<&str> {
        self.detail("confirm")
    }

    /// For notifiers: the id of the commit that was rolled back.
    pub fn tried(&self) -> Option<&str> {
        self.detail("tried")
    }

    /// For notifiers: what stopped the run, where something did.
    pub fn cause(&self) -> Option<Cause> {
        let signal = self
            .detail("signal")
            .and_then(|number| number.parse().ok())
            .map(Cause::Signal);
        signal.or_else(|| {
            self.detail("cause")
                .map(|cause| Cause::Other(cause.to_owned()))
        })
    }

    /// For notifiers: a later command reports what happened before.
    pub fn is_late(&self) -> bool {
        self.is_set("late")
    }

    /// For notifiers: it did not happen, it is only to be looked at.
    pub fn is_test(&self) -> bool {
        self.is_set("test")
    }

    fn is_set(&self, key: &str) -> bool {
        self.detail(key) == Some("true")
    }
}
