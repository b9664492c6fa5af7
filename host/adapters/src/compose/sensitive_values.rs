//! Values of the files that may be secrets: known so that no message tells them.

use std::ops::Range;

use serde_yaml_ng::Value;

/// Shorter values say nothing, and would blacken half of a message.
const SHORTEST: usize = 6;

/// A set of values that can only be taken out of text. It has no `Debug` and no `Display`.
#[derive(Default, Clone)]
pub struct SensitiveValues {
    values: Vec<String>,
    /// Names of services, volumes and the like: no secrets, whatever variable has the same value.
    names: Vec<String>,
}

impl SensitiveValues {
    fn add(&mut self, value: &str) {
        // Compose writes `$$` for a dollar sign; messages may tell either.
        for value in [value.to_owned(), value.replace("$$", "$")] {
            if value.len() >= SHORTEST && !self.values.contains(&value) {
                self.values.push(value);
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
        other.values.iter().for_each(|value| self.add(value));
        self.names.extend(other.names.iter().cloned());
    }

    /// A name that stays, also where a part of it is a value.
    pub fn keep_name(&mut self, name: &str) {
        self.names.push(name.to_owned());
    }

    /// The text without the values.
    pub fn scrub(&self, text: &str) -> String {
        let places = self.values.iter().flat_map(|value| places(text, value));
        let mut hidden: Vec<Range<usize>> = places
            .filter(|place| !self.is_in_name(text, place))
            .collect();
        hidden.sort_by_key(|place| place.start);
        let (mut scrubbed, mut at) = (String::new(), 0);
        for place in hidden {
            // One that begins within another is hidden with it.
            if place.start >= at {
                scrubbed += &text[at..place.start];
                scrubbed += "[hidden]";
            }
            at = at.max(place.end);
        }
        scrubbed + &text[at..]
    }

    fn is_in_name(&self, text: &str, place: &Range<usize>) -> bool {
        let mut named = self.names.iter().flat_map(|name| places(text, name));
        named.any(|name| name.start <= place.start && place.end <= name.end)
    }
}

fn places<'t>(text: &'t str, part: &'t str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices(part)
        .map(|(at, part)| at..at + part.len())
}

#[cfg(test)]
mod tests;
