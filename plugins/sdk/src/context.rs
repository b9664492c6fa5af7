//! What a plugin is told about the run it is part of.

use serde::de::DeserializeOwned;

use crate::Context;

impl Context {
    /// What an earlier step said under this key. None: no step did, or in another shape.
    pub fn output<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let (_, json) = self.outputs.iter().rev().find(|(name, _)| name == key)?;
        serde_json::from_str(json).ok()
    }

    pub fn detail(&self, key: &str) -> Option<&str> {
        let (_, value) = self.details.iter().rev().find(|(name, _)| name == key)?;
        Some(value)
    }

    /// On the way back to what the very first run found: nobody knows which commit that really
    /// answered with.
    pub fn found_in_place(&self) -> bool {
        self.detail("found-in-place") == Some("true")
    }

    /// Plan and environment, as people call the target.
    pub fn target(&self) -> String {
        format!("{} ({})", self.plan, self.environment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Commit, output};

    #[test]
    fn outputs_are_read_by_key_and_the_later_wins() {
        let commit = |id: &str| Commit {
            id: id.into(),
            subject: "it's \"text\"".into(),
            author: "A".into(),
        };
        let context = Context {
            outputs: vec![
                output::entry("commit", &commit("1")),
                output::entry("commit", &commit("2")),
                ("tree".into(), "not json".into()),
            ],
            ..Context::default()
        };
        assert_eq!(context.output::<Commit>("commit"), Some(commit("2")));
        assert_eq!(context.output::<output::Tree>("tree"), None);
        assert_eq!(context.output::<String>("url"), None);
    }

    #[test]
    fn details_say_whether_this_is_the_way_back_to_what_was_found() {
        let mut context = Context::default();
        assert!(!context.found_in_place());
        context.details = vec![("found-in-place".into(), "true".into())];
        assert!(context.found_in_place());
        assert_eq!(context.detail("local-time"), None);
    }
}
