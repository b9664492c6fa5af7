//! The plan as TOML: the tree with the offset of everything in it, and TOML's errors in our words.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::source_text::SourceText;
use crate::text_rules;
use deployhost_policy::display::{display, display_line};
use deployhost_policy::{Diagnostic, Location};

/// A value of the plan, with its span.
pub type Item<'t> = Spanned<DeValue<'t>>;

/// The tree of a plan, every text in it screened.
pub fn parse(source: &SourceText) -> Result<DeTable<'_>, Diagnostic> {
    let (tree, errors) = DeTable::parse_recoverable(source.text());
    let tree = tree.into_inner();
    match errors.first() {
        Some(error) => Err(refused(source, &tree, error)),
        None => {
            text_rules::check_table(source, &tree)?;
            Ok(tree)
        }
    }
}

fn refused(source: &SourceText, tree: &DeTable<'_>, error: &toml::de::Error) -> Diagnostic {
    let span = error.span().unwrap_or_default();
    let location = source.locate(span.start);
    // TOML's parser tells its errors apart by their text only.
    if error.message() == "duplicate key" {
        let written = source.text().get(span.clone()).unwrap_or_default();
        let key = written.trim_matches(['"', '\'']);
        let message = format!("the key `{}` is there twice", display(key));
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
        let help = match at {
            Some(at) => format!("first at {}", describe_in_file(&source.locate(at))),
            None => "keep one of them".to_owned(),
        };
        return Diagnostic::new("plan.duplicate-key", message)
            .at(location)
            .help(help)
            .parameter("key", display(key));
    }
    if error.message().contains("recursion") {
        let message = "lists and tables are nested more than 80 deep";
        return Diagnostic::new("plan.too-deep", message)
            .at(location)
            .help("a plan needs a handful of levels");
    }
    Diagnostic::new(
        "plan.not-toml",
        format!("not TOML: {}", display_line(error.message())),
    )
    .at(location)
    .help("see https://toml.io for how TOML is written")
}

fn describe_in_file(location: &Location) -> String {
    match location {
        Location::Text { line, column, .. } => format!("line {line}, column {column}"),
        elsewhere => elsewhere.to_string(),
    }
}

/// Where `key` was before `offset`: the nearest one that is not inside a table that had closed.
fn first(source: &SourceText, table: &DeTable<'_>, key: &str, offset: usize) -> Option<usize> {
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

fn within(source: &SourceText, value: &Item<'_>, key: &str, offset: usize) -> Option<usize> {
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
pub fn describe_kind(value: &DeValue<'_>) -> &'static str {
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
