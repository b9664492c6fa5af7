//! An entry's `config`: a TOML table becomes the JSON that a plugin reads, and every value's place
//! is kept.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};
use toml::de::{DeTable, DeValue};

use crate::source_text::SourceText;
use crate::syntax::{Item, whole};
use crate::table::Table;
use crate::value_locations::Span;
use deployhost_policy::Diagnostic;
use deployhost_policy::config_fault::{ConfigFault, extend_pointer};

/// Most values of one config, tables and lists included.
const MOST: usize = 10_000;
/// Most tables and lists inside one another.
const DEEPEST: usize = 16;

/// What an entry has under `grant`: its tables and where they stand, by JSON pointer.
pub struct GrantValue {
    pub value: Map<String, Value>,
    pub spots: BTreeMap<String, Span>,
}

impl GrantValue {
    pub fn read(source: &SourceText, entry: &Table<'_>) -> Result<Self, Diagnostic> {
        let mut spots = BTreeMap::new();
        let Some(grant) = entry.get("grant") else {
            return Ok(Self {
                value: Map::new(),
                spots,
            });
        };
        if !grant.get_ref().is_table() {
            return Err(entry.refuse_type("`grant`", "a table", grant));
        }
        let key = entry.offset_of_key("grant");
        match json(source, String::new(), key, grant, &mut spots)? {
            Value::Object(value) => Ok(Self { value, spots }),
            _ => Err(entry.refuse_type("`grant`", "a table", grant)),
        }
    }
}

/// The values of one config and where they stand, by JSON pointer.
pub struct ConfigValue {
    pub value: Value,
    pub spots: BTreeMap<String, Span>,
}

impl ConfigValue {
    /// No key at all: what an entry without `config` has. Its place is the entry's.
    pub fn empty(at: usize) -> Self {
        Self {
            value: Value::Object(Map::new()),
            spots: BTreeMap::from([(String::new(), Span { key: at, value: at })]),
        }
    }

    /// A value that stands alone.
    pub fn value(source: &SourceText, value: &Item<'_>) -> Result<Value, Diagnostic> {
        json(
            source,
            String::new(),
            value.span().start,
            value,
            &mut BTreeMap::new(),
        )
    }

    /// `value` is what `entry` has under `config`.
    pub fn read(
        source: &SourceText,
        entry: &Table<'_>,
        value: &Item<'_>,
    ) -> Result<Self, Diagnostic> {
        if !value.get_ref().is_table() {
            return Err(entry.refuse_type("config", "a table", value));
        }
        let mut spots = BTreeMap::new();
        let key = entry.offset_of_key("config");
        let value = json(source, String::new(), key, value, &mut spots)?;
        Ok(Self { value, spots })
    }
}

fn json(
    source: &SourceText,
    pointer: String,
    key: usize,
    item: &Item<'_>,
    spots: &mut BTreeMap<String, Span>,
) -> Result<Value, Diagnostic> {
    let value = item.span().start;
    let refused = |code: &'static str, message: &str| {
        ConfigFault::at_value(pointer.as_str(), Diagnostic::new(code, message))
            .diagnostic
            .at(source.locate(value))
    };
    if spots.len() >= MOST {
        return Err(refused("plan.too-many", "more than 10,000 values"));
    }
    if pointer.matches('/').count() > DEEPEST {
        return Err(refused("plan.too-deep", "nested more than 16 deep"));
    }
    let json = match item.get_ref() {
        DeValue::String(text) => Value::String(text.as_ref().to_owned()),
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Integer(_) => whole(item.get_ref())
            .map(Value::from)
            .ok_or_else(|| refused("plan.out-of-range", "the number has more than 64 bits"))?,
        DeValue::Float(float) => float
            .as_str()
            .parse()
            .ok()
            .and_then(Number::from_f64)
            .map(Value::Number)
            .ok_or_else(|| {
                refused("plan.out-of-range", "wanted a finite number")
                    .help("`inf` and `nan` are none")
            })?,
        DeValue::Datetime(_) => {
            return Err(
                refused("plan.wrong-type", "a date or time is no value of a config")
                    .help("put it in quotes"),
            );
        }
        DeValue::Array(items) => {
            spots.insert(pointer.clone(), Span { key, value });
            let items: Result<_, _> = items
                .iter()
                .enumerate()
                .map(|(at, item)| {
                    json(
                        source,
                        format!("{pointer}/{at}"),
                        item.span().start,
                        item,
                        spots,
                    )
                })
                .collect();
            return items.map(Value::Array);
        }
        DeValue::Table(table) => {
            spots.insert(pointer.clone(), Span { key, value });
            return object(source, &pointer, table, spots);
        }
    };
    spots.insert(pointer, Span { key, value });
    Ok(json)
}

fn object(
    source: &SourceText,
    pointer: &str,
    table: &DeTable<'_>,
    spots: &mut BTreeMap<String, Span>,
) -> Result<Value, Diagnostic> {
    let mut object = Map::new();
    for (key, item) in table {
        let below = extend_pointer(pointer, key.get_ref());
        let value = json(source, below, key.span().start, item, spots)?;
        object.insert(key.get_ref().as_ref().to_owned(), value);
    }
    Ok(Value::Object(object))
}
