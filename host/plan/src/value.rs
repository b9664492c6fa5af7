//! An entry's `config`: a TOML table becomes the JSON that a plugin reads, and every value's place
//! is kept.

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value};
use toml::de::{DeTable, DeValue};

use crate::location::{Source, Span};
use crate::problem::{Problem, member, spelled};
use crate::syntax::{Item, whole};
use crate::table::Table;

/// Most values of one config, tables and lists included.
const MOST: usize = 10_000;
/// Most tables and lists inside one another.
const DEEPEST: usize = 16;

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
    pub fn value(source: &Source, value: &Item<'_>) -> Result<Value, Problem> {
        json(
            source,
            String::new(),
            value.span().start,
            value,
            &mut BTreeMap::new(),
        )
    }

    /// `value` is what `entry` has under `config`.
    pub fn read(source: &Source, entry: &Table<'_>, value: &Item<'_>) -> Result<Self, Problem> {
        if !value.get_ref().is_table() {
            return Err(entry.wrong("config", "a table", value));
        }
        let mut spots = BTreeMap::new();
        let key = entry.offset_of_key("config");
        let value = json(source, String::new(), key, value, &mut spots)?;
        Ok(Self { value, spots })
    }
}

fn json(
    source: &Source,
    pointer: String,
    key: usize,
    item: &Item<'_>,
    spots: &mut BTreeMap<String, Span>,
) -> Result<Value, Problem> {
    let value = item.span().start;
    let refused = |what: &str| {
        let what = format!("{}: {what}", spelled(&pointer));
        Problem::new(source.place(value), what)
    };
    if spots.len() >= MOST {
        return Err(refused("more than 10,000 values"));
    }
    if pointer.matches('/').count() > DEEPEST {
        return Err(refused("nested more than 16 deep"));
    }
    let json = match item.get_ref() {
        DeValue::String(text) => Value::String(text.as_ref().to_owned()),
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Integer(_) => whole(item.get_ref())
            .map(Value::from)
            .ok_or_else(|| refused("the number has more than 64 bits"))?,
        DeValue::Float(float) => float
            .as_str()
            .parse()
            .ok()
            .and_then(Number::from_f64)
            .map(Value::Number)
            .ok_or_else(|| refused("wanted a finite number").cure("`inf` and `nan` are none"))?,
        DeValue::Datetime(_) => {
            return Err(refused("a date or time is no value of a config").cure("put it in quotes"));
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
    source: &Source,
    pointer: &str,
    table: &DeTable<'_>,
    spots: &mut BTreeMap<String, Span>,
) -> Result<Value, Problem> {
    let mut object = Map::new();
    for (key, item) in table {
        let below = member(pointer, key.get_ref());
        let value = json(source, below, key.span().start, item, spots)?;
        object.insert(key.get_ref().as_ref().to_owned(), value);
    }
    Ok(Value::Object(object))
}
