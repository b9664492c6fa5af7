//! How far a plugin's schema reaches: references stay inside it, never come back to where they
//! are, and all of them together stay small.
//!
//! A schema is a stranger's program for the validator. Without this, one that refers to itself, or
//! doubles at every reference, could keep the host busy for ever.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// Most schemas inside a schema, each counted as often as it is reached.
const MOST: u64 = 10_000;
/// Most schemas inside one another; the validator goes as deep.
const DEEPEST: u32 = 100;

/// Members that hold data, not schemas.
const DATA: [&str; 5] = ["default", "examples", "enum", "const", "x-grant"];
/// Members whose members are schemas, under names that are anybody's.
const NAMED: [&str; 4] = [
    "properties",
    "patternProperties",
    "$defs",
    "dependentSchemas",
];

/// Fails with what is wrong, in words that follow "its config schema".
pub fn check(schema: &Value) -> Result<(), String> {
    let mut reach = SchemaBounds {
        schema,
        sizes: HashMap::new(),
        depth: 0,
    };
    reach.size(schema).map(drop)
}

struct SchemaBounds<'s> {
    schema: &'s Value,
    /// By reference; none while it is being counted.
    sizes: HashMap<&'s str, Option<u64>>,
    depth: u32,
}

impl<'s> SchemaBounds<'s> {
    fn size(&mut self, schema: &'s Value) -> Result<u64, String> {
        if self.depth > DEEPEST {
            return Err(format!("nests more than {DEEPEST} deep"));
        }
        self.depth += 1;
        let total = match schema {
            Value::Object(members) => self.members(members)?,
            Value::Array(items) => self.sum(items.iter())?,
            _ => 0,
        };
        self.depth -= 1;
        let total = total.saturating_add(1);
        if total > MOST {
            return Err(format!("reaches more than {MOST} schemas"));
        }
        Ok(total)
    }

    fn sum(&mut self, schemas: impl Iterator<Item = &'s Value>) -> Result<u64, String> {
        let mut total = 0_u64;
        for schema in schemas {
            total = total.saturating_add(self.size(schema)?);
        }
        Ok(total)
    }

    fn members(&mut self, members: &'s Map<String, Value>) -> Result<u64, String> {
        let mut total = 0_u64;
        for (key, value) in members {
            let more = match (key.as_str(), value) {
                ("$ref", Value::String(reference)) => self.reference(reference)?,
                ("$id" | "$anchor" | "$dynamicRef" | "$dynamicAnchor" | "$recursiveRef", _) => {
                    return Err(format!(
                        "uses `{key}`; references are written `#/$defs/NAME`"
                    ));
                }
                ("x-grant", _) => return Err(MISPLACED.to_owned()),
                (key, _) if DATA.contains(&key) => 0,
                (key, Value::Object(named)) if NAMED.contains(&key) => self.sum(named.values())?,
                (_, value) => self.size(value)?,
            };
            total = total.saturating_add(more);
        }
        Ok(total)
    }

    fn reference(&mut self, reference: &'s str) -> Result<u64, String> {
        let target = reference
            .strip_prefix('#')
            .filter(|pointer| pointer.starts_with('/'))
            .and_then(|pointer| self.schema.pointer(pointer));
        let Some(target) = target else {
            return Err(format!(
                "refers to `{}`, which is not in it",
                deployhost_policy::display::display(reference)
            ));
        };
        match self.sizes.get(reference) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => return Err("refers to itself".to_owned()),
            None => {}
        }
        self.sizes.insert(reference, None);
        let size = self.size(target)?;
        self.sizes.insert(reference, Some(size));
        Ok(size)
    }
}

/// An `x-grant` that would be ignored: the author of the plugin thinks that it counts.
const MISPLACED: &str = "says `x-grant` elsewhere than in a top-level property";

#[cfg(test)]
mod tests;
