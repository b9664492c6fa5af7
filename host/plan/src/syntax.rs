//! The plan as TOML: the tree with the offset of everything in it, and TOML's errors in our words.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::location::{Location, Source};
use crate::problem::Problem;
use crate::text_rules;
use deployhost_policy::display::{display, display_line};

/// A value of the plan, with its span.
pub type Item<'t> = Spanned<DeValue<'t>>;

/// The tree of a plan, every text in it screened.
pub fn parse(source: &Source) -> Result<DeTable<'_>, Problem> {
    let (tree, errors) = DeTable::parse_recoverable(source.text());
    let tree = tree.into_inner();
    match errors.first() {
        Some(error) => Err(refused(source, &tree, error)),
        None => {
            text_rules::table(source, &tree)?;
            Ok(tree)
        }
    }
}

fn refused(source: &Source, tree: &DeTable<'_>, error: &toml::de::Error) -> Problem {
    let span = error.span().unwrap_or_default();
    let place = source.place(span.start);
    // TOML's parser tells its errors apart by their text only.
    if error.message() == "duplicate key" {
        let written = source.text().get(span.clone()).unwrap_or_default();
        let key = written.trim_matches(['"', '\'']);
        let what = format!("the key `{}` is there twice", display(key));
        let at = first(source, tree, key, span.start).or_else(|| {
            // The parser forgets a table that is opened twice; it knew it one line before.
            let before = &source.text()[..span.start];
            let before = before.rfind('\n').map_or("", |end| &before[..end]);
            first(
                source,
                DeTable::parse_recoverable(before).0.get_ref(),
                key,
                span.start,
            )
        });
        return match at {
            Some(at) => {
                Problem::new(place, what).cure(format!("first at {}", in_file(&source.place(at))))
            }
            None => Problem::new(place, what).cure("keep one of them"),
        };
    }
    if error.message().contains("recursion") {
        let what = "lists and tables are nested more than 80 deep";
        return Problem::new(place, what).cure("a plan needs a handful of levels");
    }
    Problem::new(
        place,
        format!("not TOML: {}", display_line(error.message())),
    )
    .cure("see https://toml.io for how TOML is written")
}

fn in_file(place: &Location) -> String {
    match place {
        Location::Text { line, column, .. } => format!("line {line}, column {column}"),
        place => place.to_string(),
    }
}

/// Where `key` was before `offset`: the nearest one that is not inside a table that had closed.
fn first(source: &Source, table: &DeTable<'_>, key: &str, offset: usize) -> Option<usize> {
    let mut nearest = None;
    for (name, value) in table {
        let start = name.span().start;
        if start < offset && name.get_ref() == key {
            nearest = nearest.max(Some(start));
        }
        nearest = nearest.max(within(source, value, key, offset));
    }
    nearest
}

fn within(source: &Source, value: &Item<'_>, key: &str, offset: usize) -> Option<usize> {
    let span = value.span();
    let inline = source.text()[span.start..].starts_with('{');
    match value.get_ref() {
        DeValue::Table(_) if inline && span.end <= offset => None,
        DeValue::Table(table) => first(source, table, key, offset),
        DeValue::Array(items) => items
            .iter()
            .filter_map(|item| within(source, item, key, offset))
            .max(),
        _ => None,
    }
}

/// What a value is, for people; never what it says.
pub fn found(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(true) => "`true`",
        DeValue::Boolean(false) => "`false`",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// The number as TOML's own range has it: 64 bits, signed.
pub fn whole(value: &DeValue<'_>) -> Option<i64> {
    let integer = value.as_integer()?;
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}
