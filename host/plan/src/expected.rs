//! What a schema wants and what a config has instead, for people.
//!
//! A text of the config is never repeated: whoever writes a secret into a plan by mistake must not
//! find it in a log.

use serde_json::{Map, Value};

use crate::duration;
use deployhost_policy::suggest;

/// "a whole number from 1 to 100". `root` is what `$ref` refers into.
pub fn describe_expected(schema: &Value, root: &Value) -> String {
    let Some(members) = resolved(schema, root).as_object() else {
        return "something else".to_owned();
    };
    if let Some(options) = members.get("enum").and_then(Value::as_array) {
        return one_of(options.iter());
    }
    if let Some(only) = members.get("const") {
        return one_of(std::iter::once(only));
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(branches) = members.get(key).and_then(Value::as_array) {
            return any(branches
                .iter()
                .map(|branch| describe_expected(branch, root)));
        }
    }
    match members.get("type") {
        Some(Value::String(kind)) => of_kind(kind, members, root),
        Some(Value::Array(kinds)) => any(kinds
            .iter()
            .filter_map(Value::as_str)
            .map(|kind| of_kind(kind, members, root))),
        _ => "something else".to_owned(),
    }
}

/// The schema itself, where it is no reference to another one.
pub fn resolved<'s>(schema: &'s Value, root: &'s Value) -> &'s Value {
    let mut schema = schema;
    // A schema that refers to itself was refused before.
    while let Some(target) = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| root.pointer(reference.strip_prefix('#')?))
    {
        schema = target;
    }
    schema
}

/// "text of 12 characters", "an empty list".
pub fn describe_found(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(flag) => format!("`{flag}`"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => match text.chars().count() {
            0 => "an empty text".to_owned(),
            count if count > 100 => format!("text of {count} characters"),
            _ => "text".to_owned(),
        },
        Value::Array(items) if items.is_empty() => "an empty list".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a table".to_owned(),
    }
}

fn of_kind(kind: &str, members: &Map<String, Value>, root: &Value) -> String {
    match kind {
        "string" => text(members),
        "integer" => format!("a whole number{}", range(members, "minimum", "maximum")),
        "number" => format!("a number{}", range(members, "minimum", "maximum")),
        "boolean" => "true or false".to_owned(),
        "object" => "a table".to_owned(),
        "array" => {
            let each = members
                .get("items")
                .map(|items| describe_expected(items, root));
            let count = range(members, "minItems", "maxItems");
            match each.as_deref() {
                Some("text") if count.is_empty() => "a list of text".to_owned(),
                Some(each) => format!("a list{count}, each {each}"),
                None => format!("a list{count}"),
            }
        }
        _ => "nothing".to_owned(),
    }
}

fn text(members: &Map<String, Value>) -> String {
    match members.get("pattern").and_then(Value::as_str) {
        Some(duration::PATTERN) => return duration::WANTED.to_owned(),
        Some(pattern) => {
            return format!(
                "text that matches `{}`",
                deployhost_policy::display::display(pattern)
            );
        }
        None => {}
    }
    match range(members, "minLength", "maxLength").as_str() {
        "" => "text".to_owned(),
        range => format!("text, its length{range}"),
    }
}

fn range(members: &Map<String, Value>, least: &str, most: &str) -> String {
    match (members.get(least), members.get(most)) {
        (Some(least), Some(most)) => format!(" from {least} to {most}"),
        (Some(least), None) => format!(" of at least {least}"),
        (None, Some(most)) => format!(" of at most {most}"),
        (None, None) => String::new(),
    }
}

fn one_of<'v>(options: impl Iterator<Item = &'v Value>) -> String {
    let options: Vec<String> = options
        .map(|option| match option {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
        .collect();
    let list = suggest::list(options.iter().map(String::as_str));
    if options.len() > 1 {
        format!("one of {list}")
    } else {
        list
    }
}

fn any(wanted: impl Iterator<Item = String>) -> String {
    let mut different: Vec<String> = Vec::new();
    for each in wanted {
        if !different.contains(&each) {
            different.push(each);
        }
    }
    different.join(" or ")
}

#[cfg(test)]
mod tests;
