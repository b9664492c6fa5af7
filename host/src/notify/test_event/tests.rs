#![allow(clippy::unwrap_used)]

use super::*;
use crate::notify::KINDS;

#[test]
fn every_kind_can_be_rehearsed_and_says_that_it_is_a_test() {
    let snapshot = PlanSnapshot::read(
        r#"{"name": "shop", "environment": "prod", "confirm": "GO", "file": "/p.toml"}"#,
    );
    let context_builder = ContextBuilder {
        run: "0199".into(),
        ..ContextBuilder::default()
    };
    let steps = [("code", Role::Change), ("health", Role::Verify)];
    let steps = steps.map(|(name, role)| (name.to_owned(), role));
    let by_hand = ["git reset".to_owned()];
    let source = TestEventSource {
        snapshot: &snapshot,
        context_builder: &context_builder,
        state: None,
        head: None,
        steps: &steps,
        by_hand: &by_hand,
    };
    for kind in KINDS {
        let event = test_event(kind, &source, 7);
        assert_eq!(event.kind, kind);
        let detail = |key: &str| {
            let details = &event.context.details;
            let found = details.iter().find(|(own, _)| own == key);
            found.map(|(_, value)| value.as_str())
        };
        assert_eq!(detail("test"), Some("true"), "{kind}");
        assert_eq!(detail("confirm"), Some("GO"), "{kind}");
        assert_eq!(detail("tried").is_some(), kind == "rolled-back", "{kind}");
        assert!(event.context.commit.is_some(), "{kind}");
        assert_eq!(event.steps.len(), 2, "{kind}");
        let acts = ["needs-operator", "interrupted"].contains(&kind);
        assert_eq!(event.by_hand.is_empty(), !acts, "{kind}");
    }
}
