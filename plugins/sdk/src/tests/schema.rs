//! The schema that the host reads.

use crate::Duration;
use crate::schema::{faults, of};
use schemars::JsonSchema;
use serde_json::json;

#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Nested {
    pointer: Option<String>,
}

#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Config {
    /// Where the work tree
    /// is.
    #[schemars(extend("x-grant" = "git-tree"))]
    tree: String,
    #[schemars(extend("x-grant" = "git-remote"))]
    url: Option<String>,
    nested: Option<Nested>,
    #[serde(default)]
    wait: Option<Duration>,
}

#[test]
fn optional_means_left_out_never_null() {
    let schema = of::<Config>().to_value();
    assert_eq!(schema["required"], json!(["tree"]));
    assert_eq!(
        schema["properties"]["url"],
        json!({"type": "string", "x-grant": "git-remote"})
    );
    assert_eq!(
        schema["properties"]["nested"],
        json!({"$ref": "#/$defs/Nested"})
    );
    assert_eq!(
        schema["properties"]["wait"],
        json!({"type": "string", "pattern": "^[0-9]+(ms|s|m|h)$"})
    );
    assert_eq!(
        schema["properties"]["tree"]["description"],
        "Where the work tree is."
    );
    assert!(!schema.to_string().contains("null"));
}

#[test]
fn a_good_schema_has_no_faults() {
    assert_eq!(faults(&of::<Config>()), Vec::<String>::new());
}

#[test]
fn each_fault_is_found() {
    for (schema, fault) in [
        (json!({"properties": {}}), "deny_unknown_fields"),
        (
            json!({"properties": {"a": {"x-grant": "git-tre"}}, "additionalProperties": false}),
            "no such `x-grant`",
        ),
        (
            json!({"properties": {"a": {"properties": {"b": {"x-grant": "git-tree"}},
                "additionalProperties": false}}, "additionalProperties": false}),
            "only at the top",
        ),
        (json!({"anyOf": []}), "anyOf"),
    ] {
        let found = faults(&schema.clone().try_into().unwrap());
        assert!(
            found.iter().any(|text| text.contains(fault)),
            "{schema}: {found:?}"
        );
    }
}
