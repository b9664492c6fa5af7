//! One table of the plan, read key by key: unknown keys, wrong types and missing keys have one
//! wording, here.

use std::ops::RangeInclusive;

use toml::de::{DeTable, DeValue};

use crate::location::{Location, Source};
use crate::problem::{Problem, Refusal};
use crate::syntax::{Item, found, whole};
use deployhost_policy::display::display;
use deployhost_policy::suggest;

/// A table whose keys are all known.
pub struct Table<'t> {
    source: &'t Source,
    /// As in "missing key `name` in a step".
    noun: &'static str,
    /// Offset of the table itself.
    at: usize,
    items: &'t DeTable<'t>,
}

/// A text of the plan and where it stands.
pub struct PlacedText<'t> {
    pub said: &'t str,
    pub place: Location,
}

impl PlacedText<'_> {
    /// The text through a checked constructor.
    pub fn as_a<T>(
        &self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, Refusal>,
    ) -> Result<T, Problem> {
        parse(self.said).map_err(|refusal| refusal.at(key, self.place.clone()))
    }
}

impl<'t> Table<'t> {
    pub fn whole_plan(source: &'t Source, items: &'t DeTable<'t>) -> Self {
        Self::whole(source, "the plan", items)
    }

    /// A whole file's.
    pub fn whole(source: &'t Source, noun: &'static str, items: &'t DeTable<'t>) -> Self {
        Self {
            source,
            noun,
            at: 0,
            items,
        }
    }

    pub fn open(
        source: &'t Source,
        noun: &'static str,
        value: &'t Item<'t>,
        known: &[&str],
    ) -> Result<Self, Problem> {
        let table = Self {
            source,
            noun,
            at: value.span().start,
            items: members(source, noun, value)?,
        };
        table.only(known)?;
        Ok(table)
    }

    /// Refuses every other key.
    pub fn only(&self, known: &[&str]) -> Result<(), Problem> {
        let unknown = self
            .items
            .keys()
            .find(|key| !known.contains(&key.get_ref().as_ref()));
        match unknown {
            None => Ok(()),
            Some(key) => {
                let what = format!("unknown key `{}` in {}", display(key.get_ref()), self.noun);
                Err(Problem::new(self.source.place(key.span().start), what)
                    .cure(suggest::cure(key.get_ref(), known.iter().copied())))
            }
        }
    }

    pub fn source(&self) -> &'t Source {
        self.source
    }

    pub fn place(&self) -> Location {
        self.source.place(self.at)
    }

    /// Where the key's value stands; where it is missing, the table.
    pub fn location_of(&self, key: &str) -> Location {
        let at = self.get(key).map_or(self.at, |value| value.span().start);
        self.source.place(at)
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
        source: &'t Source,
        noun: &'static str,
        value: &'t Item<'t>,
    ) -> Result<Vec<(PlacedText<'t>, &'t Item<'t>)>, Problem> {
        let items = members(source, noun, value)?;
        let named = |(key, value): (&'t toml::Spanned<_>, _)| {
            let place = source.place(key.span().start);
            let said: &'t std::borrow::Cow<'t, str> = key.get_ref();
            (PlacedText { said, place }, value)
        };
        Ok(items.iter().map(named).collect())
    }

    pub fn missing(&self, key: &str, such_as: &str) -> Problem {
        let what = format!("missing key `{key}` in {}", self.noun);
        Problem::new(self.place(), what).cure(format!("add `{key} = {such_as}`"))
    }

    /// Text on one line, not empty.
    pub fn text(&self, key: &str) -> Result<Option<PlacedText<'t>>, Problem> {
        self.text_of(key, "text")
    }

    /// As [`Table::text`], where the text has to be of some form.
    pub fn text_of(&self, key: &str, wanted: &str) -> Result<Option<PlacedText<'t>>, Problem> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        one_line(self.source, key, wanted, value).map(Some)
    }

    pub fn texts(&self, key: &str) -> Result<Option<Vec<PlacedText<'t>>>, Problem> {
        let Some(items) = self.list(key)? else {
            return Ok(None);
        };
        let texts: Result<Vec<_>, _> = items
            .iter()
            .map(|item| one_line(self.source, key, "text", item))
            .collect();
        match texts? {
            none if none.is_empty() => {
                let what = format!("{key}: the list is empty");
                Err(Problem::new(self.location_of(key), what)
                    .cure("leave the key out, or fill it in"))
            }
            texts => Ok(Some(texts)),
        }
    }

    pub fn list(&self, key: &str) -> Result<Option<&'t [Item<'t>]>, Problem> {
        match self.get(key).map(|value| (value, value.get_ref())) {
            None => Ok(None),
            Some((_, DeValue::Array(items))) => Ok(Some(items)),
            Some((value, _)) => Err(self.wrong(key, "a list", value)),
        }
    }

    pub fn flag(&self, key: &str) -> Result<Option<bool>, Problem> {
        match self.get(key).map(|value| (value, value.get_ref())) {
            None => Ok(None),
            Some((_, DeValue::Boolean(flag))) => Ok(Some(*flag)),
            Some((value, _)) => Err(self.wrong(key, "true or false", value)),
        }
    }

    pub fn number(&self, key: &str, range: RangeInclusive<i64>) -> Result<Option<i64>, Problem> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        let (least, most) = (range.start(), range.end());
        let wanted = format!("a whole number from {least} to {most}");
        match (value.get_ref(), whole(value.get_ref())) {
            (_, Some(number)) if range.contains(&number) => Ok(Some(number)),
            (DeValue::Integer(_), _) => {
                let what = format!("{key}: wanted {wanted}, found another");
                Err(Problem::new(self.location_of(key), what))
            }
            _ => Err(self.wrong(key, &wanted, value)),
        }
    }

    pub fn wrong(&self, key: &str, wanted: &str, value: &Item<'_>) -> Problem {
        wrong(self.source, key, wanted, value)
    }
}

fn members<'t>(
    source: &Source,
    noun: &str,
    value: &'t Item<'t>,
) -> Result<&'t DeTable<'t>, Problem> {
    match value.get_ref() {
        DeValue::Table(items) => Ok(items),
        other => {
            let what = format!("{noun}: wanted a table, found {}", found(other));
            Err(Problem::new(source.place(value.span().start), what))
        }
    }
}

fn wrong(source: &Source, key: &str, wanted: &str, value: &Item<'_>) -> Problem {
    let what = format!("{key}: wanted {wanted}, found {}", found(value.get_ref()));
    let problem = Problem::new(source.place(value.span().start), what);
    match (value.get_ref(), wanted) {
        (DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_), "text") => {
            problem.cure("put it in quotes")
        }
        _ => problem,
    }
}

fn one_line<'t>(
    source: &'t Source,
    key: &str,
    wanted: &str,
    value: &'t Item<'t>,
) -> Result<PlacedText<'t>, Problem> {
    let place = source.place(value.span().start);
    let DeValue::String(said) = value.get_ref() else {
        return Err(wrong(source, key, wanted, value));
    };
    if said.trim().is_empty() {
        return Err(Problem::new(place, format!("{key}: the text is empty"))
            .cure("leave the key out, or fill it in"));
    }
    if said.contains('\n') {
        return Err(Problem::new(
            place,
            format!("{key}: wanted one line of text"),
        ));
    }
    Ok(PlacedText { said, place })
}
