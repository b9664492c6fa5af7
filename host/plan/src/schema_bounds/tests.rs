#![allow(clippy::unwrap_used)]

use super::*;
use serde_json::json;

#[test]
fn ordinary_schemas_pass() {
    for schema in [
        json!({"type": "object"}),
        json!({"properties": {"$ref": {"type": "string"}, "default": {"type": "string"}}}),
        json!({"properties": {"a": {"$ref": "#/$defs/A"}, "b": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"enum": ["$ref"]}}}),
        json!({"properties": {"a": {"default": {"$ref": "nowhere"}}}}),
    ] {
        assert_eq!(check(&schema), Ok(()), "{schema}");
    }
}

#[test]
fn schemas_that_never_end_are_refused() {
    for (schema, why) in [
        (json!({"$ref": "#"}), "not in it"),
        (
            json!({"properties": {"a": {"$ref": "#/properties/a"}}}),
            "itself",
        ),
        (
            json!({"$defs": {"A": {"items": {"$ref": "#/$defs/B"}}, "B": {"not": {"$ref": "#/$defs/A"}}}}),
            "itself",
        ),
        (json!({"$ref": "https://example.com/x"}), "not in it"),
        (json!({"$ref": "#/$defs/None"}), "not in it"),
        (json!({"$id": "https://example.com"}), "`$id`"),
        (
            json!({"properties": {"a": {"items": {"x-grant": "git-tree"}}}}),
            "top-level",
        ),
    ] {
        let said = check(&schema).unwrap_err();
        assert!(said.message.contains(why), "{schema}: {said}");
    }
}

#[test]
fn a_long_chain_of_references_is_refused() {
    let mut defs = Map::new();
    for n in 0..5_000 {
        defs.insert(
            format!("d{n}"),
            json!({"$ref": format!("#/$defs/d{}", n + 1)}),
        );
    }
    defs.insert("d5000".into(), json!({"type": "string"}));
    let said = check(&json!({"$ref": "#/$defs/d0", "$defs": defs})).unwrap_err();
    assert!(said.message.contains("deep"), "{said}");
}

#[test]
fn doubling_is_refused_at_once() {
    let mut defs = Map::new();
    for n in 0..30 {
        let next = json!({"$ref": format!("#/$defs/d{}", n + 1)});
        defs.insert(format!("d{n}"), json!({"allOf": [next, next]}));
    }
    defs.insert("d30".into(), json!({"type": "string"}));
    let said = check(&json!({"$ref": "#/$defs/d0", "$defs": defs})).unwrap_err();
    assert!(said.message.contains("more than 10000"), "{said}");
}
