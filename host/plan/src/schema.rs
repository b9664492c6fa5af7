//! A plugin's config schema: checked itself, then checked against, with errors that a plan's author
//! can act on.
//!
//! Validity is the `jsonschema` crate's; the words are ours. What a schema cannot say is the
//! plugin's own `check`.

use std::fmt;

use jsonschema::{PatternOptions, ValidationError, Validator, error::ValidationErrorKind};
use serde_json::{Value, json};

use crate::expected::{describe_expected, found, resolved};
use crate::grant_marker::GrantMarker;
use crate::problem::{Fault, member, spelled};
use crate::schema_bounds;
use deployhost_policy::display::display;
use deployhost_policy::suggest;

/// Largest schema, in bytes.
pub const LARGEST: usize = 256 * 1024;

/// The schema that one plugin describes its config with.
#[derive(Debug)]
pub struct Schema {
    root: Value,
    validator: Validator,
    granting: Vec<(String, GrantMarker)>,
}

/// A schema that no config can be checked against: the plugin's fault, not the plan's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadSchema {
    pub plugin: String,
    /// Follows "its config schema".
    pub what: String,
}

impl fmt::Display for BadSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the plugin's config schema {} — {} — its author has to correct it",
            self.what,
            display(&self.plugin)
        )
    }
}

impl std::error::Error for BadSchema {}

impl Schema {
    /// `text` is what the plugin's `describe` said.
    pub fn parse(plugin: &str, text: &str) -> Result<Self, BadSchema> {
        Self::checked(text).map_err(|what| BadSchema {
            plugin: plugin.to_owned(),
            what,
        })
    }

    fn checked(text: &str) -> Result<Self, String> {
        if text.len() > LARGEST {
            return Err("is larger than 256 KiB".to_owned());
        }
        let mut root: Value =
            serde_json::from_str(text).map_err(|error| format!("is not JSON: {error}"))?;
        if root.get("type").and_then(Value::as_str) != Some("object") {
            return Err("does not say that a config is an object".to_owned());
        }
        let granting = take_grants(&mut root)?;
        close(&mut root);
        schema_bounds::check(&root)?;
        let patterns = PatternOptions::regex()
            .size_limit(1 << 20)
            .dfa_size_limit(1 << 20);
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .with_pattern_options(patterns)
            .offline()
            .build(&root)
            .map_err(|error| {
                format!(
                    "is no JSON Schema: {}",
                    deployhost_policy::display::display_line(&error.to_string())
                )
            })?;
        Ok(Self {
            root,
            validator,
            granting,
        })
    }

    /// The top-level properties whose written values grant something.
    pub fn granting(&self) -> impl Iterator<Item = (&str, GrantMarker)> {
        self.granting
            .iter()
            .map(|(name, word)| (name.as_str(), *word))
    }

    /// The same, in the words that the schema has for them.
    pub fn grants(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.granting().map(|(name, word)| (name, word.text()))
    }

    /// What is wrong with a config, misspelt keys first. Secrets have to be replaced already, by
    /// what the plugin will see.
    pub fn check(&self, config: &Value) -> Vec<Fault> {
        let mut faults = Vec::new();
        for error in self.validator.iter_errors(config) {
            self.explain(&error, &mut faults);
        }
        self.fractions(config, "", &mut faults);
        faults.sort_by_key(|fault| !fault.key);
        faults
    }

    /// The schema of what a pointer points to, as far as properties and items lead there.
    pub fn at(&self, pointer: &str) -> Option<&Value> {
        let mut schema = resolved(&self.root, &self.root);
        for part in pointer.split('/').skip(1) {
            let part = part.replace("~1", "/").replace("~0", "~");
            let properties = schema.get("properties");
            let next = properties
                .and_then(|properties| properties.get(&part))
                .or_else(|| schema.get("items"))?;
            schema = resolved(next, &self.root);
        }
        Some(schema)
    }

    /// The keys that a table of the config may have.
    pub fn keys(&self, pointer: &str) -> Vec<&str> {
        self.at(pointer).map(keys).unwrap_or_default()
    }

    fn explain(&self, error: &ValidationError<'_>, faults: &mut Vec<Fault>) {
        let pointer = error.instance_path().as_str();
        let place = error.schema_path().as_str();
        let around = place.rfind('/').map_or("", |end| &place[..end]);
        let schema = self.root.pointer(around).unwrap_or(&self.root);
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected }
            | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
                faults.extend(unexpected.iter().map(|key| unknown(pointer, key, schema)));
            }
            ValidationErrorKind::Required { property } => {
                faults.push(self.missing(pointer, property, schema));
            }
            ValidationErrorKind::OneOfNotValid { context }
            | ValidationErrorKind::AnyOf { context } => {
                if let Some(branch) = meant(context, pointer) {
                    branch.iter().for_each(|error| self.explain(error, faults));
                } else if let Some((pointer, options)) = tags(context, pointer) {
                    faults.push(self.other(error, &pointer, &json!({ "enum": options })));
                } else {
                    faults.push(self.other(error, pointer, schema));
                }
            }
            _ => faults.push(self.other(error, pointer, schema)),
        }
    }

    fn missing(&self, pointer: &str, property: &Value, schema: &Value) -> Fault {
        let key = property.as_str().unwrap_or_default();
        let about = schema.get("properties").and_then(|all| all.get(key));
        let about = about.map(|about| match description(about) {
            Some(text) => format!("add `{}`: {text}", display(key)),
            None => format!(
                "add `{}`, {}",
                display(key),
                describe_expected(about, &self.root)
            ),
        });
        Fault {
            pointer: pointer.to_owned(),
            key: false,
            message: format!("missing key `{}` in {}", display(key), spelled(pointer)),
            cure: about,
        }
    }

    /// `pointer` is the error's, or leads to the tag of the value that it is about.
    fn other(&self, error: &ValidationError<'_>, pointer: &str, schema: &Value) -> Fault {
        let root = error.instance_path().as_str();
        let instance = pointer
            .strip_prefix(root)
            .and_then(|below| error.instance().pointer(below));
        let options = options(resolved(schema, &self.root));
        let one_of_many =
            !options.is_empty() || matches!(error.kind(), ValidationErrorKind::Pattern { .. });
        let found = match instance {
            None => "nothing".to_owned(),
            Some(Value::String(_)) if one_of_many => "other text".to_owned(),
            Some(value) => found(value),
        };
        let near = instance
            .and_then(Value::as_str)
            .and_then(|text| suggest::nearest(text, options))
            .map(|near| format!("did you mean `{}`?", display(near)));
        Fault {
            pointer: pointer.to_owned(),
            key: false,
            message: self.unlike(pointer, schema, &found),
            cure: near.or_else(|| description(schema)),
        }
    }

    fn unlike(&self, pointer: &str, schema: &Value, found: &str) -> String {
        let wanted = describe_expected(schema, &self.root);
        format!("{}: wanted {wanted}, found {found}", spelled(pointer))
    }

    /// JSON Schema takes 10.0 for a whole number; the plugin's own reader does not.
    fn fractions(&self, value: &Value, pointer: &str, faults: &mut Vec<Fault>) {
        match value {
            Value::Number(number) if number.is_f64() => {
                let schema = self.at(pointer);
                let kind = schema
                    .and_then(|schema| schema.get("type"))
                    .and_then(Value::as_str);
                if let (Some(schema), Some("integer"), true) = (
                    schema,
                    kind,
                    number.as_f64().is_some_and(|n| n.fract() == 0.0),
                ) {
                    faults.push(Fault {
                        pointer: pointer.to_owned(),
                        key: false,
                        message: self.unlike(pointer, schema, &found(value)),
                        cure: Some("leave out the fraction".to_owned()),
                    });
                }
            }
            Value::Array(items) => items.iter().enumerate().for_each(|(at, item)| {
                self.fractions(item, &member(pointer, &at.to_string()), faults);
            }),
            Value::Object(members) => members.iter().for_each(|(key, below)| {
                self.fractions(below, &member(pointer, key), faults);
            }),
            _ => {}
        }
    }
}

/// Takes `x-grant` out of the top-level properties, so that what is left of it is misplaced.
fn take_grants(root: &mut Value) -> Result<Vec<(String, GrantMarker)>, String> {
    let mut granting = Vec::new();
    let properties = root.get_mut("properties").and_then(Value::as_object_mut);
    for (name, property) in properties.into_iter().flatten() {
        let word = property
            .as_object_mut()
            .and_then(|members| members.remove("x-grant"));
        if let Some(word) = word {
            let text = word
                .as_str()
                .map_or_else(|| word.to_string(), str::to_owned);
            let word = GrantMarker::parse(&text).map_err(|cure| {
                let name = display(name);
                format!(
                    "grants `{}` by its property `{name}`, and there is no such grant; {cure}",
                    display(&text)
                )
            })?;
            granting.push((name.clone(), word));
        }
    }
    Ok(granting)
}

/// Unknown keys of a config are errors, also where the schema's author did not think of them.
fn close(root: &mut Value) {
    let Some(members) = root.as_object_mut() else {
        return;
    };
    let open = [
        "$ref",
        "allOf",
        "anyOf",
        "oneOf",
        "if",
        "dependentSchemas",
        "patternProperties",
        "unevaluatedProperties",
        "additionalProperties",
    ];
    if !open.iter().any(|key| members.contains_key(*key)) {
        members.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
}

fn unknown(pointer: &str, key: &str, schema: &Value) -> Fault {
    Fault {
        pointer: member(pointer, key),
        key: true,
        message: format!("unknown key `{}` in {}", display(key), spelled(pointer)),
        cure: Some(suggest::cure(key, keys(schema))),
    }
}

fn keys(schema: &Value) -> Vec<&str> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties
        .map(|all| all.keys().map(String::as_str).collect())
        .unwrap_or_default()
}

/// The words that a schema lists.
fn options(schema: &Value) -> Vec<&str> {
    let listed = schema.get("enum").and_then(Value::as_array);
    let branches = schema.get("oneOf").and_then(Value::as_array);
    let constants = branches
        .into_iter()
        .flatten()
        .filter_map(|branch| branch.get("const"));
    let all = listed.into_iter().flatten().chain(constants);
    all.filter_map(Value::as_str).collect()
}

fn description(schema: &Value) -> Option<String> {
    let text = schema.get("description")?.as_str()?;
    let line = text.lines().next()?.trim_end_matches('.');
    (!line.is_empty()).then(|| deployhost_policy::display::display_line(line))
}

/// Of several shapes that a value may have, the one that its author meant: the one that has the
/// right type and the right tag, or else the fewest faults.
fn meant<'e>(
    branches: &'e [Vec<ValidationError<'static>>],
    pointer: &str,
) -> Option<&'e Vec<ValidationError<'static>>> {
    branches
        .iter()
        .filter(|errors| !errors.iter().any(|error| is_other_shape(error, pointer)))
        .min_by_key(|errors| errors.len())
}

/// Where the value's shapes have different tags and it has none of them: the pointer to the tag, and
/// all tags.
fn tags(branches: &[Vec<ValidationError<'static>>], pointer: &str) -> Option<(String, Vec<Value>)> {
    let mut at = None;
    let mut tags = Vec::new();
    for error in branches.iter().flatten() {
        let ValidationErrorKind::Constant { expected_value } = error.kind() else {
            continue;
        };
        let tag = error.instance_path().as_str();
        if tag == pointer || at.is_some_and(|at| at != tag) {
            return None;
        }
        at = Some(tag);
        tags.push(expected_value.as_ref().clone());
    }
    Some((at?.to_owned(), tags))
}

fn is_other_shape(error: &ValidationError<'_>, pointer: &str) -> bool {
    match error.kind() {
        ValidationErrorKind::Constant { .. } => true,
        ValidationErrorKind::Type { .. } | ValidationErrorKind::Enum { .. } => {
            error.instance_path().as_str() == pointer
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
