use super::*;
use serde_json::json;

#[test]
fn what_is_wanted_is_said_in_words() {
    let root = json!({"$defs": {"Kind": {"oneOf": [{"const": "a"}, {"const": "b"}]}}});
    for (schema, words) in [
        (
            json!({"type": "integer", "minimum": 1, "maximum": 100}),
            "a whole number from 1 to 100",
        ),
        (
            json!({"type": "number", "minimum": 0.5}),
            "a number of at least 0.5",
        ),
        (json!({"type": "string"}), "text"),
        (
            json!({"type": "string", "maxLength": 9}),
            "text, its length of at most 9",
        ),
        (
            json!({"type": "string", "pattern": "^a$"}),
            "text that matches `^a$`",
        ),
        (
            json!({"type": "string", "pattern": duration::PATTERN}),
            duration::WANTED,
        ),
        (json!({"type": "boolean"}), "true or false"),
        (
            json!({"type": "array", "items": {"type": "string"}, "minItems": 1}),
            "a list of at least 1, each text",
        ),
        (
            json!({"type": ["string", "array"], "items": {"type": "string"}}),
            "text or a list of text",
        ),
        (json!({"enum": ["x", "y", 3]}), "one of `x`, `y`, `3`"),
        (json!({"$ref": "#/$defs/Kind"}), "`a` or `b`"),
        (
            json!({"anyOf": [{"type": "object"}, {"type": "object"}]}),
            "a table",
        ),
        (json!({}), "something else"),
        (json!(false), "something else"),
    ] {
        assert_eq!(describe_expected(&schema, &root), words, "{schema}");
    }
}

#[test]
fn what_is_found_is_never_repeated() {
    for (value, words) in [
        (json!("hunter22"), "text"),
        (json!(""), "an empty text"),
        (json!("x".repeat(101)), "text of 101 characters"),
        (json!(3), "the number 3"),
        (json!(2.5), "the number 2.5"),
        (json!(true), "`true`"),
        (json!([]), "an empty list"),
        (json!([1]), "a list"),
        (json!({"a": 1}), "a table"),
    ] {
        assert_eq!(describe_found(&value), words);
    }
}
