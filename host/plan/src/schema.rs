//! A plugin's config schema: checked itself, then checked against, with errors that a plan's author
//! can act on.
//!
//! Validity is the `jsonschema` crate's; the words are ours. What a schema cannot say is the
//! plugin's own `check`.

use jsonschema::{PatternOptions, ValidationError, Validator, error::ValidationErrorKind};
use serde_json::{Value, json};

use crate::expected::{describe_expected, describe_found, resolved};
use crate::schema_bounds::{self, refuse_schema};
use deployhost_policy::Diagnostic;
use deployhost_policy::config_fault::{ConfigFault, extend_pointer, spell_pointer};
use deployhost_policy::display::{display, display_line};
use deployhost_policy::suggest;

/// Largest schema, in bytes.
pub const LARGEST: usize = 256 * 1024;

/// The schema that one plugin describes its config with.
#[derive(Debug)]
pub struct Schema {
    root: Value,
    validator: Validator,
    granting: Vec<(String, &'static str)>,
}

impl Schema {
    /// `text` is what the plugin's `describe` said. One that no config can be checked against is the
    /// plugin's fault, not the plan's; whoever knows where the plugin is named adds the location.
    /// `markers` are the words that `x-grant` may say.
    pub fn parse(plugin: &str, text: &str, markers: &[&'static str]) -> Result<Self, Diagnostic> {
        Self::check_itself(text, markers)
            .map_err(|diagnostic| diagnostic.parameter("plugin", display(plugin)))
    }

    fn check_itself(text: &str, markers: &[&'static str]) -> Result<Self, Diagnostic> {
        if text.len() > LARGEST {
            return Err(refuse_schema("schema.too-large", "is larger than 256 KiB"));
        }
        let mut root: Value = serde_json::from_str(text)
            .map_err(|error| refuse_schema("schema.not-json", &format!("is not JSON: {error}")))?;
        if root.get("type").and_then(Value::as_str) != Some("object") {
            return Err(refuse_schema(
                "schema.not-object",
                "does not say that a config is an object",
            ));
        }
        let granting = take_grants(&mut root, markers)?;
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
                let error = display_line(&error.to_string());
                refuse_schema("schema.invalid", &format!("is no JSON Schema: {error}"))
            })?;
        Ok(Self {
            root,
            validator,
            granting,
        })
    }

    /// The top-level properties whose written values grant something, and the word for what.
    pub fn grants(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.granting
            .iter()
            .map(|(name, word)| (name.as_str(), *word))
    }

    /// What is wrong with a config, misspelt keys first. Secrets have to be replaced already, by
    /// what the plugin will see.
    pub fn check(&self, config: &Value) -> Vec<ConfigFault> {
        let mut faults = Vec::new();
        for error in self.validator.iter_errors(config) {
            self.explain(&error, &mut faults);
        }
        self.check_fractions(config, "", &mut faults);
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

    fn explain(&self, error: &ValidationError<'_>, faults: &mut Vec<ConfigFault>) {
        let pointer = error.instance_path().as_str();
        let rule = error.schema_path().as_str();
        let around = rule.rfind('/').map_or("", |end| &rule[..end]);
        let schema = self.root.pointer(around).unwrap_or(&self.root);
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected }
            | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
                faults.extend(
                    unexpected
                        .iter()
                        .map(|key| refuse_unknown(pointer, key, schema)),
                );
            }
            ValidationErrorKind::Required { property } => {
                faults.push(self.refuse_missing(pointer, property, schema));
            }
            ValidationErrorKind::OneOfNotValid { context }
            | ValidationErrorKind::AnyOf { context } => {
                if let Some(branch) = choose_branch(context, pointer) {
                    branch.iter().for_each(|error| self.explain(error, faults));
                } else if let Some((pointer, options)) = find_tags(context, pointer) {
                    faults.push(self.refuse_other(error, &pointer, &json!({ "enum": options })));
                } else {
                    faults.push(self.refuse_other(error, pointer, schema));
                }
            }
            _ => faults.push(self.refuse_other(error, pointer, schema)),
        }
    }

    fn refuse_missing(&self, pointer: &str, property: &Value, schema: &Value) -> ConfigFault {
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
        let within = spell_pointer(pointer);
        let message = format!("missing key `{}` in {within}", display(key));
        let mut diagnostic = Diagnostic::new("config.missing-key", message)
            .parameter("key", display(key))
            .parameter("in", within);
        diagnostic.help = about;
        ConfigFault {
            pointer: pointer.to_owned(),
            key: false,
            diagnostic,
        }
    }

    /// `pointer` is the error's, or leads to the tag of the value that it is about.
    fn refuse_other(
        &self,
        error: &ValidationError<'_>,
        pointer: &str,
        schema: &Value,
    ) -> ConfigFault {
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
            Some(value) => describe_found(value),
        };
        let near = instance
            .and_then(Value::as_str)
            .and_then(|text| suggest::nearest(text, options))
            .map(|near| format!("did you mean `{}`?", display(near)));
        let help = near.or_else(|| description(schema));
        self.refuse_value(pointer, schema, &found, help)
    }

    fn refuse_value(
        &self,
        pointer: &str,
        schema: &Value,
        found: &str,
        help: Option<String>,
    ) -> ConfigFault {
        let expected = describe_expected(schema, &self.root);
        let message = format!("wanted {expected}, found {found}");
        let mut diagnostic = Diagnostic::new("config.invalid", message)
            .parameter("expected", expected)
            .parameter("found", found);
        diagnostic.help = help;
        ConfigFault::at_value(pointer, diagnostic)
    }

    /// JSON Schema takes 10.0 for a whole number; the plugin's own reader does not.
    fn check_fractions(&self, value: &Value, pointer: &str, faults: &mut Vec<ConfigFault>) {
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
                    let help = Some("leave out the fraction".to_owned());
                    faults.push(self.refuse_value(pointer, schema, &describe_found(value), help));
                }
            }
            Value::Array(items) => items.iter().enumerate().for_each(|(at, item)| {
                self.check_fractions(item, &extend_pointer(pointer, &at.to_string()), faults);
            }),
            Value::Object(members) => members.iter().for_each(|(key, below)| {
                self.check_fractions(below, &extend_pointer(pointer, key), faults);
            }),
            _ => {}
        }
    }
}

/// Takes `x-grant` out of the top-level properties, so that what is left of it is misplaced.
fn take_grants(
    root: &mut Value,
    markers: &[&'static str],
) -> Result<Vec<(String, &'static str)>, Diagnostic> {
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
            let known = markers.iter().find(|marker| **marker == text);
            let word = known.copied().ok_or_else(|| {
                let help = suggest::help(&text, markers.iter().copied());
                let (name, grant) = (display(name), display(&text));
                refuse_schema("schema.grant-unknown", &format!(
                    "grants `{grant}` by its property `{name}`, and there is no such grant; {help}"
                ))
                .parameter("property", name)
                .parameter("grant", grant)
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

fn refuse_unknown(pointer: &str, key: &str, schema: &Value) -> ConfigFault {
    let within = spell_pointer(pointer);
    let message = format!("unknown key `{}` in {within}", display(key));
    ConfigFault {
        pointer: extend_pointer(pointer, key),
        key: true,
        diagnostic: Diagnostic::new("config.unknown-key", message)
            .help(suggest::help(key, keys(schema)))
            .parameter("key", display(key))
            .parameter("in", within),
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
    (!line.is_empty()).then(|| display_line(line))
}

/// Of several shapes that a value may have, the one that its author meant: the one that has the
/// right type and the right tag, or else the fewest faults.
fn choose_branch<'e>(
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
fn find_tags(
    branches: &[Vec<ValidationError<'static>>],
    pointer: &str,
) -> Option<(String, Vec<Value>)> {
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
