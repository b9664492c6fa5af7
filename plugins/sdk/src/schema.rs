//! The JSON Schema of a config, as the host reads it.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

/// The words that `x-grant` may say of a top-level property.
pub const GRANTS: [&str; 10] = [
    "http-read",
    "http-write",
    "git-tree",
    "git-remote",
    "git-ref",
    "compose-file",
    "compose-project",
    "compose-service",
    "folder-read",
    "folder-write",
];

/// The schema of a config struct, as text.
pub fn text<C: JsonSchema>() -> String {
    of::<C>().to_value().to_string()
}

/// The schema of a config struct.
pub fn of<C: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12()
        .with_transform(RecursiveTransform(without_null))
        .with_transform(RecursiveTransform(on_one_line))
        .into_generator()
        .into_root_schema_for::<C>()
}

/// What the host would refuse in a schema, or could not explain to people. For a plugin's tests.
pub fn faults(schema: &Schema) -> Vec<String> {
    let mut faults = Vec::new();
    object_faults("", schema.as_value(), true, &mut faults);
    if let Some(definitions) = schema.get("$defs").and_then(Value::as_object) {
        for (name, definition) in definitions {
            object_faults(&format!("/$defs/{name}"), definition, false, &mut faults);
        }
    }
    faults
}

/// A plan has no `null`; an optional value is one that may be left out. Without this an optional
/// table would be an `anyOf`, whose errors nobody can read.
fn without_null(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    let Some(Value::Array(choices)) = schema.get_mut("anyOf") else {
        return;
    };
    choices.retain(|choice| choice.get("type") != Some(&Value::from("null")));
    if let [Value::Object(only)] = choices.as_slice() {
        let only = only.clone();
        schema.remove("anyOf");
        for (key, value) in only {
            schema.ensure_object().entry(key).or_insert(value);
        }
    }
}

/// A doc comment's lines are broken where the source is; only an empty line is meant.
fn on_one_line(schema: &mut Schema) {
    if let Some(Value::String(description)) = schema.get_mut("description") {
        let paragraphs = description.split("\n\n");
        let joined: Vec<_> = paragraphs.map(|text| text.replace('\n', " ")).collect();
        *description = joined.join("\n\n");
    }
}

fn object_faults(place: &str, schema: &Value, top: bool, faults: &mut Vec<String>) {
    if schema.get("anyOf").is_some() {
        faults.push(format!(
            "{place}: `anyOf` gives errors that nobody can read"
        ));
    }
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return;
    };
    if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
        faults.push(format!(
            "{place}: unknown keys pass; say `deny_unknown_fields`"
        ));
    }
    for (name, property) in properties {
        let place = format!("{place}/{name}");
        match property.get("x-grant").map(|word| (top, word.as_str())) {
            None => {}
            Some((true, Some(word))) if GRANTS.contains(&word) => {}
            Some((true, _)) => faults.push(format!("{place}: no such `x-grant`")),
            Some((false, _)) => faults.push(format!("{place}: `x-grant` counts only at the top")),
        }
        object_faults(&place, property, false, faults);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Duration;
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
}
