//! How far a plugin's schema reaches: references stay inside it, never come back to where they
//! are, and all of them together stay small.
//!
//! A schema is a stranger's program for the validator. Without this, one that refers to itself, or
//! doubles at every reference, could keep the host busy for ever.

use std::collections::HashMap;

use serde_json::{Map, Value};

use deployhost_policy::Diagnostic;
use deployhost_policy::display::display;

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

/// Refuses a schema that leads out of itself, back to itself or too far.
pub fn check(schema: &Value) -> Result<(), Diagnostic> {
    let mut reach = SchemaBounds {
        schema,
        sizes: HashMap::new(),
        depth: 0,
    };
    reach.size(schema).map(drop)
}

/// What is wrong with a schema, in words that follow "its config schema".
pub fn refuse_schema(code: &'static str, words: &str) -> Diagnostic {
    Diagnostic::new(code, format!("its config schema {words}"))
        .help("report it to the plugin's author")
}

struct SchemaBounds<'s> {
    schema: &'s Value,
    /// By reference; none while it is being counted.
    sizes: HashMap<&'s str, Option<u64>>,
    depth: u32,
}

impl<'s> SchemaBounds<'s> {
    fn size(&mut self, schema: &'s Value) -> Result<u64, Diagnostic> {
        if self.depth > DEEPEST {
            return Err(refuse_schema(
                "schema.too-deep",
                &format!("nests more than {DEEPEST} deep"),
            ));
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
            return Err(refuse_schema(
                "schema.too-many",
                &format!("reaches more than {MOST} schemas"),
            ));
        }
        Ok(total)
    }

    fn sum(&mut self, schemas: impl Iterator<Item = &'s Value>) -> Result<u64, Diagnostic> {
        let mut total = 0_u64;
        for schema in schemas {
            total = total.saturating_add(self.size(schema)?);
        }
        Ok(total)
    }

    fn members(&mut self, members: &'s Map<String, Value>) -> Result<u64, Diagnostic> {
        let mut total = 0_u64;
        for (key, value) in members {
            let more = match (key.as_str(), value) {
                ("$ref", Value::String(reference)) => self.reference(reference)?,
                ("$id" | "$anchor" | "$dynamicRef" | "$dynamicAnchor" | "$recursiveRef", _) => {
                    return Err(refuse_schema(
                        "schema.reference",
                        &format!("uses `{key}`; references are written `#/$defs/NAME`"),
                    ));
                }
                ("x-grant", _) => return Err(refuse_schema("schema.grant-misplaced", MISPLACED)),
                (key, _) if DATA.contains(&key) => 0,
                (key, Value::Object(named)) if NAMED.contains(&key) => self.sum(named.values())?,
                (_, value) => self.size(value)?,
            };
            total = total.saturating_add(more);
        }
        Ok(total)
    }

    fn reference(&mut self, reference: &'s str) -> Result<u64, Diagnostic> {
        let target = reference
            .strip_prefix('#')
            .filter(|pointer| pointer.starts_with('/'))
            .and_then(|pointer| self.schema.pointer(pointer));
        let Some(target) = target else {
            return Err(refuse_schema(
                "schema.reference",
                &format!("refers to `{}`, which is not in it", display(reference)),
            ));
        };
        match self.sizes.get(reference) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => return Err(refuse_schema("schema.reference", "refers to itself")),
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
