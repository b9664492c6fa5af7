//! Values of the files that may be secrets: known so that no message tells them.

use serde_yaml_ng::Value;

/// Shorter values say nothing, and would blacken half of a message.
const SHORTEST: usize = 6;

/// A set of values that can only be taken out of text. It has no `Debug` and no `Display`.
#[derive(Default, Clone)]
pub struct SensitiveValues(Vec<String>);

impl SensitiveValues {
    fn add(&mut self, value: &str) {
        // Compose writes `$$` for a dollar sign; messages may tell either.
        for value in [value.to_owned(), value.replace("$$", "$")] {
            if value.len() >= SHORTEST && !self.0.contains(&value) {
                self.0.push(value);
            }
        }
    }

    /// The environment, build arguments and inline contents of a tree of Compose's.
    pub fn add_values(&mut self, tree: &Value) {
        let Some(tree) = tree.as_mapping() else {
            return;
        };
        for (key, value) in tree {
            match key.as_str() {
                Some("environment" | "args" | "content") => self.add_scalars(value),
                Some("services" | "build" | "configs" | "secrets") => self.add_values(value),
                _ if value.is_mapping() => self.add_values(value),
                _ => {}
            }
        }
    }

    fn add_scalars(&mut self, value: &Value) {
        match value {
            Value::String(text) => {
                self.add(text);
                self.add(text.split_once('=').map_or("", |(_, value)| value));
            }
            Value::Number(number) => self.add(&number.to_string()),
            Value::Sequence(list) => list.iter().for_each(|value| self.add_scalars(value)),
            Value::Mapping(map) => map.iter().for_each(|(_, value)| self.add_scalars(value)),
            _ => {}
        }
    }

    /// Lines like `NAME=value`, as in `.env`.
    pub fn add_variables(&mut self, text: &str) {
        for line in text.lines() {
            let value = line.split_once('=').map_or("", |(_, value)| value).trim();
            self.add(value);
            self.add(value.trim_matches(['"', '\'']));
        }
    }

    pub fn merge(&mut self, other: &Self) {
        other.0.iter().for_each(|value| self.add(value));
        // A value that holds another has to go first.
        self.0.sort_by_key(|value| std::cmp::Reverse(value.len()));
    }

    /// The text without the values.
    pub fn scrub(&self, text: &str) -> String {
        let mut scrubbed = text.to_owned();
        for value in &self.0 {
            if scrubbed.contains(value) {
                scrubbed = scrubbed.replace(value, "[hidden]");
            }
        }
        scrubbed
    }
}

#[cfg(test)]
mod tests;
