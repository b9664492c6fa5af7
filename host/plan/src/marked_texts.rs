//! The texts of a config that grant something by being written: those of the top-level properties
//! that the plugin's schema marks with `x-grant`.
//!
//! Only what the plan's author wrote counts: a schema's defaults are never filled in, so they can
//! grant nothing. What a word grants is the capabilities' to say.

use deployhost_policy::Diagnostic;
use deployhost_policy::config_fault::{ConfigFault, extend_pointer};
use serde_json::Value;

use crate::reference::leading;
use crate::schema::Schema;

/// A text and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkedText {
    /// The word of `x-grant`.
    pub marker: &'static str,
    /// JSON pointer into the config.
    pub pointer: String,
    /// Its key, where it stands in a table.
    pub key: Option<String>,
    pub text: String,
}

/// Every marked text of a config that passed its schema, in the schema's order.
pub fn find(config: &Value, schema: &Schema) -> Result<Vec<MarkedText>, ConfigFault> {
    let mut found = Vec::new();
    for (property, marker) in schema.grants() {
        let pointer = extend_pointer("", property);
        match config.get(property) {
            None => {}
            Some(Value::Array(items)) => {
                for (at, item) in items.iter().enumerate() {
                    let pointer = extend_pointer(&pointer, &at.to_string());
                    found.push(marked(marker, pointer, None, item)?);
                }
            }
            Some(Value::Object(members)) => {
                for (key, item) in members {
                    let pointer = extend_pointer(&pointer, key);
                    found.push(marked(marker, pointer, Some(key), item)?);
                }
            }
            Some(item) => found.push(marked(marker, pointer, None, item)?),
        }
    }
    Ok(found)
}

fn marked(
    marker: &'static str,
    pointer: String,
    key: Option<&String>,
    item: &Value,
) -> Result<MarkedText, ConfigFault> {
    let Some(text) = item.as_str() else {
        return Err(not_text(marker, pointer));
    };
    // Only an address can be a secret: its origin is declared.
    if leading(text).is_some() && !marker.starts_with("http-") {
        let message = format!("a secret cannot be what `{marker}` grants");
        let diagnostic = Diagnostic::new("config.secret-granted", message)
            .parameter("grant", marker)
            .help("write the value out");
        return Err(ConfigFault::at_value(pointer, diagnostic));
    }
    Ok(MarkedText {
        marker,
        pointer,
        key: key.cloned(),
        text: text.to_owned(),
    })
}

fn not_text(marker: &str, pointer: String) -> ConfigFault {
    let message = format!("wanted text, or a list or table of text, since it grants `{marker}`");
    let diagnostic = Diagnostic::new("config.wrong-type", message).parameter("grant", marker);
    ConfigFault::at_value(pointer, diagnostic)
}

#[cfg(test)]
mod tests;
