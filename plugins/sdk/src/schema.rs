//! The JSON Schema of a config, as the host reads it.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

/// The words that `x-grant` may say of a top-level property.
pub const GRANTS: [&str; 14] = [
    "http-read",
    "http-write",
    "git-tree",
    "git-remote",
    "git-ref",
    "compose-file",
    "compose-project",
    "compose-service",
    "compose-env-file",
    "compose-variable",
    "compose-profile",
    "compose-take-over",
    "compose-read",
    "compose-input",
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
