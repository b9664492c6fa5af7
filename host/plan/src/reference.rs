//! `${secret.NAME}` in a config: found, checked and replaced. Nothing else is expanded, and
//! nothing is after the plan was read.

use serde_json::Value;

use deployhost_policy::Diagnostic;
use deployhost_policy::config_fault::{ConfigFault, extend_pointer};
use deployhost_policy::display::display;
use deployhost_policy::suggest;

const OPEN: &str = "${secret.";

/// The secret that a text begins with, and what follows the reference.
pub fn leading(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix(OPEN)?.split_once('}')
}

/// The names of the secrets that a config refers to, sorted, each once.
pub fn secrets_named(config: &Value) -> Vec<String> {
    let mut names = Vec::new();
    each_text(config, &mut |text| {
        names.extend(leading(text).map(|(name, _)| name.to_owned()));
    });
    names.sort();
    names.dedup();
    names
}

fn each_text(value: &Value, see: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => see(text),
        Value::Array(items) => items.iter().for_each(|item| each_text(item, see)),
        Value::Object(members) => members.values().for_each(|below| each_text(below, see)),
        _ => {}
    }
}

/// Every `${` of the config begins a reference to one of `known`, at the start of its text.
pub fn check(config: &Value, known: &[&str]) -> Result<(), ConfigFault> {
    expand_below(
        config,
        "",
        &|name| known.contains(&name).then(String::new),
        known,
    )
    .map(drop)
}

/// The config with each reference replaced by what `value_of` says for its name.
///
/// A fault names the reference, never a value.
pub fn expand(
    config: &Value,
    value_of: &dyn Fn(&str) -> Option<String>,
) -> Result<Value, ConfigFault> {
    expand_below(config, "", value_of, &[])
}

fn expand_below(
    value: &Value,
    pointer: &str,
    value_of: &dyn Fn(&str) -> Option<String>,
    known: &[&str],
) -> Result<Value, ConfigFault> {
    let below =
        |key: &str, value| expand_below(value, &extend_pointer(pointer, key), value_of, known);
    match value {
        Value::String(text) => expand_text(text, pointer, value_of, known).map(Value::String),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(at, item)| below(&at.to_string(), item))
            .collect(),
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| Ok((key.clone(), below(key, value)?)))
            .collect::<Result<_, _>>()
            .map(Value::Object),
        other => Ok(other.clone()),
    }
}

fn expand_text(
    text: &str,
    pointer: &str,
    value_of: &dyn Fn(&str) -> Option<String>,
    known: &[&str],
) -> Result<String, ConfigFault> {
    let fault = |code: &'static str, message: String, help: String| {
        ConfigFault::at_value(pointer, Diagnostic::new(code, message).help(help))
    };
    let Some(at) = text.find("${") else {
        return Ok(text.to_owned());
    };
    if !text[at..].starts_with(OPEN) {
        return Err(fault(
            "config.reference",
            "only secrets are expanded, and this `${` begins none".into(),
            "write the value out, or refer to a secret as ${secret.NAME}".into(),
        ));
    }
    if at != 0 {
        return Err(fault(
            "config.reference",
            "a secret may only begin a text".into(),
            "let the text begin with ${secret.NAME}, or be nothing else".into(),
        ));
    }
    let Some((name, rest)) = leading(text) else {
        return Err(fault(
            "config.reference",
            "`${secret.` is not closed".into(),
            "write ${secret.NAME}, with the brace at its end".into(),
        ));
    };
    if rest.contains("${") {
        return Err(fault(
            "config.reference",
            "a text may refer to one secret".into(),
            "write one ${secret.NAME}, at its start".into(),
        ));
    }
    match value_of(name) {
        Some(value) => Ok(value + rest),
        None => {
            let mut unknown = fault(
                "plan.secret-unknown",
                format!("there is no secret `{}`", display(name)),
                match known {
                    [] => format!(
                        "add `{} = {{ env = \"…\", … }}` under [secrets]",
                        display(name)
                    ),
                    known => suggest::help(name, known.iter().copied()),
                },
            );
            unknown.diagnostic = unknown.diagnostic.parameter("secret", display(name));
            Err(unknown)
        }
    }
}

#[cfg(test)]
mod tests;
