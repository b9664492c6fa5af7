#![allow(clippy::unwrap_used)]

use super::*;

const MARKERS: &[&str] = &["git-tree", "http-read"];

fn schema(properties: &Value) -> Schema {
    let text = json!({ "type": "object", "properties": properties }).to_string();
    Schema::parse("own", &text, MARKERS).unwrap()
}

fn said(schema: &Schema, config: &Value) -> Vec<(String, String)> {
    let faults = schema.check(config).into_iter();
    faults
        .map(|fault| (fault.pointer, fault.diagnostic.message))
        .collect()
}

#[test]
fn a_schema_that_is_none_is_the_plugins_fault() {
    for (text, why) in [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ("[]", "does not say that a config is an object"),
        ("true", "does not say that a config is an object"),
        (
            r#"{"type": "string"}"#,
            "does not say that a config is an object",
        ),
        (
            r#"{"type": "object", "properties": 7}"#,
            "is no JSON Schema",
        ),
        (
            r#"{"type": "object", "properties": {"a": {"type": "txt"}}}"#,
            "is no JSON Schema",
        ),
        (
            r#"{"type": "object", "properties": {"a": {"pattern": "("}}}"#,
            "is no JSON Schema",
        ),
        (
            r#"{"type": "object", "properties": {"a": {"pattern": "(a{1000}){1000}"}}}"#,
            "is no JSON Schema",
        ),
        (
            r#"{"type": "object", "properties": {"a": {"$ref": "https://example.com/a"}}}"#,
            "not in it",
        ),
        (
            r##"{"type": "object", "properties": {"a": {"$ref": "#/properties/a"}}}"##,
            "refers to itself",
        ),
        (
            r#"{"type": "object", "properties": {"a": {"x-grant": "git-tre"}}}"#,
            "did you mean `git-tree`?",
        ),
        (
            r#"{"type": "object", "properties": {"a": {"x-grant": 7}}}"#,
            "no such grant",
        ),
        (
            r#"{"type": "object", "x-grant": "git-tree"}"#,
            "elsewhere than in a top-level property",
        ),
        (
            r#"{"type": "object", "properties": {"a": {"properties": {"b": {"x-grant": "git-tree"}}}}}"#,
            "elsewhere than",
        ),
    ] {
        let bad = Schema::parse("own", text, MARKERS).unwrap_err();
        assert!(bad.message.contains(why), "{text}: {bad}");
        assert!(bad.message.starts_with("its config schema "), "{bad}");
        assert!(bad.code.as_str().starts_with("schema."), "{bad:?}");
        assert!(bad.parameters.contains(&("plugin".into(), "own".into())));
        assert_eq!(
            bad.help.as_deref(),
            Some("report it to the plugin's author")
        );
    }
    let long = format!(
        r#"{{"type": "object", "title": "{}"}}"#,
        "x".repeat(LARGEST)
    );
    assert_eq!(
        Schema::parse("own", &long, MARKERS).unwrap_err().message,
        "its config schema is larger than 256 KiB"
    );
}

#[test]
fn a_schema_that_forgot_to_close_itself_is_closed() {
    let schema = schema(&json!({ "attempts": { "type": "integer" } }));
    let fault = schema.check(&json!({ "atempts": 1 })).remove(0);
    assert!(fault.key);
    assert_eq!(fault.pointer, "/atempts");
    assert_eq!(fault.diagnostic.help.unwrap(), "did you mean `attempts`?");
    let open = json!({ "type": "object", "additionalProperties": true }).to_string();
    assert_eq!(
        said(
            &Schema::parse("own", &open, MARKERS).unwrap(),
            &json!({ "any": 1 })
        ),
        []
    );
}

#[test]
fn misspelt_keys_come_before_the_keys_that_they_left_missing() {
    let text = json!({ "type": "object", "required": ["url"], "properties": { "url": { "type": "string" } } });
    let schema = Schema::parse("own", &text.to_string(), MARKERS).unwrap();
    let said = said(&schema, &json!({ "ulr": "x" }));
    assert_eq!(said[0].1, "unknown key `ulr` in config");
    assert_eq!(said[1].1, "missing key `url` in config");
}

#[test]
fn a_whole_number_is_written_without_a_fraction() {
    let schema = schema(&json!({
        "n": { "type": "integer" }, "f": { "type": "number" },
        "list": { "type": "array", "items": { "type": "integer" } },
    }));
    assert_eq!(
        said(&schema, &json!({ "n": 1, "f": 2.0, "list": [1, 2] })),
        []
    );
    for (config, pointer) in [
        (json!({ "n": 1.0 }), "/n"),
        (json!({ "n": 1.5 }), "/n"),
        (json!({ "list": [1, 2.0] }), "/list/1"),
    ] {
        let said = said(&schema, &config);
        assert_eq!(said.len(), 1, "{said:?}");
        assert_eq!(said[0].0, pointer);
    }
}

#[test]
fn a_text_of_the_config_is_never_repeated() {
    let schema = schema(&json!({
        "word": { "enum": ["a", "b"] }, "number": { "type": "integer" },
        "text": { "type": "string", "pattern": "^x$", "maxLength": 3 },
    }));
    let config = json!({ "word": "hunter22", "number": "hunter22", "text": "hunter22" });
    assert!(schema.check(&config).len() >= 3);
    assert!(!format!("{:?}", schema.check(&config)).contains("hunter22"));
}

#[test]
fn a_pointer_leads_to_its_schema() {
    let text = json!({
        "type": "object", "properties": { "a": { "$ref": "#/$defs/A" } },
        "$defs": { "A": { "type": "object", "properties": { "x/y": { "items": { "type": "integer" } } } } },
    });
    let schema = Schema::parse("own", &text.to_string(), MARKERS).unwrap();
    assert_eq!(
        schema.at("/a/x~1y/7").unwrap(),
        &json!({ "type": "integer" })
    );
    assert_eq!(schema.keys("/a"), ["x/y"]);
    assert_eq!(schema.at("/b"), None);
}
