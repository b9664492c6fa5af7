//! One table of the plan, read key by key: unknown keys, wrong types and missing keys have one
//! wording, here.

use std::ops::RangeInclusive;

use toml::de::{DeTable, DeValue};

use crate::source_text::SourceText;
use crate::syntax::{Item, describe_kind, whole};
use deployhost_policy::display::display;
use deployhost_policy::suggest;
use deployhost_policy::{Diagnostic, Location};

/// A table whose keys are all known.
pub struct Table<'t> {
    source: &'t SourceText,
    /// As in "missing key `name` in a step".
    noun: &'static str,
    /// Offset of the table itself.
    at: usize,
    items: &'t DeTable<'t>,
}

/// A text of the plan and where it stands.
pub struct PlacedText<'t> {
    pub said: &'t str,
    pub location: Location,
}

impl PlacedText<'_> {
    /// The text through a checked constructor.
    pub fn as_a<T>(
        &self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, Diagnostic>,
    ) -> Result<T, Diagnostic> {
        parse(self.said).map_err(|diagnostic| {
            diagnostic
                .of(key)
                .at(self.location.clone())
                .parameter("key", key)
        })
    }
}

impl<'t> Table<'t> {
    pub fn whole_plan(source: &'t SourceText, items: &'t DeTable<'t>) -> Self {
        Self::whole(source, "the plan", items)
    }

    /// A whole file's.
    pub fn whole(source: &'t SourceText, noun: &'static str, items: &'t DeTable<'t>) -> Self {
        Self {
            source,
            noun,
            at: 0,
            items,
        }
    }

    pub fn open(
        source: &'t SourceText,
        noun: &'static str,
        value: &'t Item<'t>,
        known: &[&str],
    ) -> Result<Self, Diagnostic> {
        let table = Self {
            source,
            noun,
            at: value.span().start,
            items: open_members(source, noun, value)?,
        };
        table.check_keys(known)?;
        Ok(table)
    }

    /// Refuses every other key.
    pub fn check_keys(&self, known: &[&str]) -> Result<(), Diagnostic> {
        let unknown = self
            .items
            .keys()
            .find(|key| !known.contains(&key.get_ref().as_ref()));
        match unknown {
            None => Ok(()),
            Some(key) => {
                let message = format!("unknown key `{}` in {}", display(key.get_ref()), self.noun);
                Err(Diagnostic::new("plan.unknown-key", message)
                    .at(self.source.locate(key.span().start))
                    .help(suggest::help(key.get_ref(), known.iter().copied()))
                    .parameter("key", display(key.get_ref()))
                    .parameter("in", self.noun))
            }
        }
    }

    pub fn source(&self) -> &'t SourceText {
        self.source
    }

    /// Where the table begins.
    pub fn location(&self) -> Location {
        self.source.locate(self.at)
    }

    /// Where the key's value stands; where it is missing, the table.
    pub fn location_of(&self, key: &str) -> Location {
        let at = self.get(key).map_or(self.at, |value| value.span().start);
        self.source.locate(at)
    }

    pub fn get(&self, key: &str) -> Option<&'t Item<'t>> {
        self.items.get(key)
    }

    /// Offset of the key itself.
    pub fn offset_of_key(&self, key: &str) -> usize {
        self.items
            .get_key_value(key)
            .map_or(self.at, |(key, _)| key.span().start)
    }

    /// A table whose keys are the author's to choose: each with its value.
    pub fn names(
        source: &'t SourceText,
        noun: &'static str,
        value: &'t Item<'t>,
    ) -> Result<Vec<(PlacedText<'t>, &'t Item<'t>)>, Diagnostic> {
        let items = open_members(source, noun, value)?;
        let named = |(key, value): (&'t toml::Spanned<_>, _)| {
            let location = source.locate(key.span().start);
            let said: &'t std::borrow::Cow<'t, str> = key.get_ref();
            (PlacedText { said, location }, value)
        };
        Ok(items.iter().map(named).collect())
    }

    pub fn refuse_missing(&self, key: &str, such_as: &str) -> Diagnostic {
        let message = format!("missing key `{key}` in {}", self.noun);
        Diagnostic::new("plan.missing-key", message)
            .at(self.location())
            .help(format!("add `{key} = {such_as}`"))
            .parameter("key", key)
            .parameter("in", self.noun)
    }

    /// Text on one line, not empty.
    pub fn text(&self, key: &str) -> Result<Option<PlacedText<'t>>, Diagnostic> {
        self.text_of(key, "text")
    }

    /// As [`Table::text`], where the text has to be of some form.
    pub fn text_of(&self, key: &str, wanted: &str) -> Result<Option<PlacedText<'t>>, Diagnostic> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        read_line(self.source, key, wanted, value).map(Some)
    }

    pub fn list(&self, key: &str) -> Result<Option<&'t [Item<'t>]>, Diagnostic> {
        match self.get(key).map(|value| (value, value.get_ref())) {
            None => Ok(None),
            Some((_, DeValue::Array(items))) => Ok(Some(items)),
            Some((value, _)) => Err(self.refuse_type(key, "a list", value)),
        }
    }

    pub fn flag(&self, key: &str) -> Result<Option<bool>, Diagnostic> {
        match self.get(key).map(|value| (value, value.get_ref())) {
            None => Ok(None),
            Some((_, DeValue::Boolean(flag))) => Ok(Some(*flag)),
            Some((value, _)) => Err(self.refuse_type(key, "true or false", value)),
        }
    }

    pub fn number(&self, key: &str, range: RangeInclusive<i64>) -> Result<Option<i64>, Diagnostic> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        let (least, most) = (range.start(), range.end());
        let wanted = format!("a whole number from {least} to {most}");
        match (value.get_ref(), whole(value.get_ref())) {
            (_, Some(number)) if range.contains(&number) => Ok(Some(number)),
            (DeValue::Integer(_), _) => {
                let message = format!("{key}: wanted {wanted}, found another");
                Err(Diagnostic::new("plan.out-of-range", message)
                    .at(self.location_of(key))
                    .parameter("key", key)
                    .parameter("expected", wanted))
            }
            _ => Err(self.refuse_type(key, &wanted, value)),
        }
    }

    pub fn refuse_type(&self, key: &str, wanted: &str, value: &Item<'_>) -> Diagnostic {
        refuse_type(self.source, key, wanted, value)
    }
}

fn open_members<'t>(
    source: &SourceText,
    noun: &str,
    value: &'t Item<'t>,
) -> Result<&'t DeTable<'t>, Diagnostic> {
    match value.get_ref() {
        DeValue::Table(items) => Ok(items),
        other => {
            let message = format!("{noun}: wanted a table, found {}", describe_kind(other));
            Err(Diagnostic::new("plan.wrong-type", message)
                .at(source.locate(value.span().start))
                .parameter("key", noun)
                .parameter("expected", "a table")
                .parameter("found", describe_kind(other)))
        }
    }
}

fn refuse_type(source: &SourceText, key: &str, wanted: &str, value: &Item<'_>) -> Diagnostic {
    let message = format!(
        "{key}: wanted {wanted}, found {}",
        describe_kind(value.get_ref())
    );
    let diagnostic = Diagnostic::new("plan.wrong-type", message)
        .at(source.locate(value.span().start))
        .parameter("key", key)
        .parameter("expected", wanted)
        .parameter("found", describe_kind(value.get_ref()));
    match (value.get_ref(), wanted) {
        (DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_), "text") => {
            diagnostic.help("put it in quotes")
        }
        _ => diagnostic,
    }
}

fn read_line<'t>(
    source: &'t SourceText,
    key: &str,
    wanted: &str,
    value: &'t Item<'t>,
) -> Result<PlacedText<'t>, Diagnostic> {
    let location = source.locate(value.span().start);
    let DeValue::String(said) = value.get_ref() else {
        return Err(refuse_type(source, key, wanted, value));
    };
    if said.trim().is_empty() {
        return Err(
            Diagnostic::new("plan.empty-value", format!("{key}: the text is empty"))
                .at(location)
                .help("leave the key out, or fill it in")
                .parameter("key", key),
        );
    }
    if said.contains('\n') {
        return Err(Diagnostic::new(
            "plan.several-lines",
            format!("{key}: wanted one line of text"),
        )
        .at(location)
        .parameter("key", key));
    }
    Ok(PlacedText { said, location })
}
