//! Where each value of an entry's config was written: JSON pointers become locations.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::source_text::SourceText;
use deployhost_policy::config_fault::ConfigFault;
use deployhost_policy::{Diagnostic, Location};

/// Byte offsets of a key and of its value.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    pub key: usize,
    pub value: usize,
}

/// Where each value of one entry's config was written. A plan from the journal has none, and names
/// its values instead.
#[derive(Debug, Clone, Default)]
pub struct ValueLocations {
    entry: String,
    written: Option<(Arc<SourceText>, BTreeMap<String, Span>)>,
    /// JSON pointer to the argument that gave the value.
    given: BTreeMap<String, String>,
}

impl ValueLocations {
    pub fn written(entry: &str, source: Arc<SourceText>, spots: BTreeMap<String, Span>) -> Self {
        Self {
            entry: entry.to_owned(),
            written: Some((source, spots)),
            given: BTreeMap::new(),
        }
    }

    pub fn journaled(entry: &str) -> Self {
        Self {
            entry: entry.to_owned(),
            ..Self::default()
        }
    }

    /// From now on the value at `pointer`, with all below it, is the argument's.
    pub fn give(&mut self, pointer: &str, argument: String) {
        let below = format!("{pointer}/");
        self.given.retain(|at, _| !at.starts_with(&below));
        if let Some((_, spots)) = &mut self.written {
            spots.retain(|at, _| !at.starts_with(&below));
        }
        self.given.insert(pointer.to_owned(), argument);
    }

    /// Where the value is; for one that was not written, the nearest table around it.
    pub fn locate_value(&self, pointer: &str) -> Location {
        self.find(pointer, |spot| spot.value)
    }

    /// Where the key is.
    pub fn locate_key(&self, pointer: &str) -> Location {
        self.find(pointer, |spot| spot.key)
    }

    /// The fault's diagnostic, at the value or the key that it is about.
    pub fn locate(&self, fault: ConfigFault) -> Diagnostic {
        let location = match fault.key {
            true => self.locate_key(&fault.pointer),
            false => self.locate_value(&fault.pointer),
        };
        fault.diagnostic.at(location)
    }

    fn find(&self, pointer: &str, exact: fn(&Span) -> usize) -> Location {
        let mut at = pointer;
        loop {
            if let Some(argument) = self.given.get(at) {
                return Location::argument(argument);
            }
            let spot = self
                .written
                .as_ref()
                .and_then(|(source, spots)| Some((source, spots.get(at)?)));
            if let Some((source, spot)) = spot {
                let offset = if at == pointer {
                    exact(spot)
                } else {
                    spot.value
                };
                return source.locate(offset);
            }
            match at.rfind('/') {
                Some(end) => at = &at[..end],
                // A plugin may name what is no pointer.
                None if !at.is_empty() => at = "",
                None => {
                    let value = self.entry.clone() + &pointer.replace('/', ".");
                    return Location::journal(value);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
