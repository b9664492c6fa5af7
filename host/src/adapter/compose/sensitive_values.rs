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
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn values_are_taken_out_names_stay() {
        let text = "
services:
  a: { image: name-of-image, environment: { TOKEN: s3$$cret-xyz, N: 12345678 } }
  b: { environment: [\"PASSWORD=hunter22\"], build: { args: { KEY: buildkey } } }
configs: { c: { content: inline-content } }";
        let mut sensitive = SensitiveValues::default();
        sensitive.add_values(&serde_yaml_ng::from_str(text).unwrap());
        sensitive.add_variables("A=\"from-env\"\n# none\nB=x\n");
        let line = "TOKEN s3$cret-xyz s3$$cret-xyz 12345678 hunter22 buildkey inline-content from-env name-of-image x";
        let h = "[hidden]";
        assert_eq!(
            sensitive.scrub(line),
            format!("TOKEN {h} {h} {h} {h} {h} {h} {h} name-of-image x")
        );
    }

    #[test]
    fn a_value_that_holds_another_leaves_no_rest() {
        let mut sensitive = SensitiveValues::default();
        sensitive.add_variables("A=secret\nB=secretsecret2\n");
        let mut all = SensitiveValues::default();
        all.merge(&sensitive);
        assert_eq!(all.scrub("secretsecret2"), "[hidden]");
    }
}
