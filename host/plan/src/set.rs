//! `--set code.ref=1a2b3c4`: a config value from the command line, instead of the plan's.

use serde_json::{Map, Value};
use toml::de::DeValue;

use crate::entry::Entry;
use crate::plan::Plan;
use crate::schema::Schema;
use crate::source_text::SourceText;
use crate::text_rules;
use crate::value::ConfigValue;
use deployhost_policy::config_fault::extend_pointer;
use deployhost_policy::display::display;
use deployhost_policy::suggest;
use deployhost_policy::{Diagnostic, Location};

impl Plan {
    /// Carries out one `ENTRY.KEY[.KEY…]=VALUE`. `schema_of` knows the entries' schemas: a value
    /// that has to be text is taken as it is, any other is read as TOML where it is TOML.
    ///
    /// The value is checked with the rest of the entry's config, by [`Entry::resolve`], which has to
    /// come after.
    pub fn set<'s>(
        &mut self,
        assignment: &str,
        schema_of: impl Fn(&Entry) -> Option<&'s Schema>,
    ) -> Result<(), Diagnostic> {
        let form = "write --set STEP.KEY=VALUE, such as --set code.ref=main";
        let (path, text) = assignment.split_once('=').unwrap_or((assignment, ""));
        let argument = format!("--set {}", display(path));
        let location = || Location::argument(argument.as_str());
        let refused =
            |code: &'static str, message: String| Diagnostic::new(code, message).at(location());
        if !assignment.contains('=') {
            return Err(refused("set.form", "there is no `=`".to_owned()).help(form));
        }
        let mut keys = path.split('.');
        let (Some(name), Some(first)) = (keys.next(), keys.next()) else {
            return Err(refused("set.form", "there is no key".to_owned()).help(form));
        };
        let keys: Vec<&str> = std::iter::once(first).chain(keys).collect();
        let names: Vec<String> = self.entries().map(|entry| entry.name.to_string()).collect();
        let secrets = self.secrets.clone();
        let Some(entry) = self.entries_mut().find(|entry| entry.name.as_str() == name) else {
            let diagnostic = refused(
                "set.entry-unknown",
                format!("there is no step or notifier `{}`", display(name)),
            );
            return Err(diagnostic
                .help(suggest::help(name, names.iter().map(String::as_str)))
                .parameter("entry", display(name)));
        };
        text_rules::check_text(text).map_err(|diagnostic| diagnostic.at(location()))?;
        let schema = schema_of(entry);
        let pointer = keys
            .iter()
            .fold(String::new(), |at, key| extend_pointer(&at, key));
        let value = read_value(text, schema.and_then(|schema| schema.at(&pointer)));
        put(&mut entry.config, &keys, value, schema)
            .map_err(|diagnostic| diagnostic.at(location()))?;
        entry.locations_mut().give(&pointer, argument.clone());
        entry.check_references(&secrets)
    }
}

/// As TOML where that is what it is, and the schema does not want text.
fn read_value(text: &str, schema: Option<&Value>) -> Value {
    let kind = schema.and_then(|schema| schema.get("type"));
    let wants_text = match kind {
        Some(Value::String(kind)) => kind == "string",
        Some(Value::Array(kinds)) => {
            kinds.iter().any(|kind| kind == "string") && !text.starts_with('[')
        }
        _ => false,
    };
    let parsed = || {
        let parsed = DeValue::parse(text).ok()?;
        ConfigValue::value(&SourceText::new("", text), &parsed).ok()
    };
    match wants_text {
        true => None,
        false => parsed(),
    }
    .unwrap_or_else(|| Value::String(text.to_owned()))
}

/// Puts the value where the keys lead, making tables on the way.
fn put(
    config: &mut Value,
    keys: &[&str],
    value: Value,
    schema: Option<&Schema>,
) -> Result<(), Diagnostic> {
    let mut at = config;
    let mut pointer = String::new();
    for (depth, key) in keys.iter().enumerate() {
        let known = schema
            .map(|schema| schema.keys(&pointer))
            .unwrap_or_default();
        if key.is_empty() || !known.is_empty() && !known.contains(key) {
            let message = format!("unknown key `{}`", display(key));
            return Err(Diagnostic::new("config.unknown-key", message)
                .help(suggest::help(key, known))
                .parameter("key", display(key)));
        }
        let Value::Object(members) = at else {
            let message = format!(
                "`{}` is no table, so it has no `{}`",
                keys[..depth].join("."),
                display(key)
            );
            return Err(Diagnostic::new("config.wrong-type", message)
                .help("give the value as a whole, such as '[\"a\", \"b\"]'")
                .parameter("key", display(key)));
        };
        pointer = extend_pointer(&pointer, key);
        let inner = depth + 1 < keys.len();
        at = members
            .entry(*key)
            .or_insert_with(|| Value::Object(Map::new()));
        if !inner {
            *at = value;
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
