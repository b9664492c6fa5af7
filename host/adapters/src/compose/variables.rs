//! The variables of `.env`, as far as every Compose reads them alike.

use std::collections::BTreeMap;

/// None: the file has more than plain lines, and each Compose reads it in its own way.
#[derive(Debug, Clone, Default)]
pub struct Variables(Option<BTreeMap<String, String>>);

impl Variables {
    /// Reads lines such as `NAME=value` and `NAME='value'`.
    pub fn read(text: &str) -> Self {
        let mut variables = BTreeMap::new();
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            // A quote that stays open makes the next lines part of a value.
            let closed = ['"', '\'']
                .iter()
                .all(|quote| line.matches(*quote).count() % 2 == 0);
            let Some((name, value)) = line.split_once('=').filter(|_| closed) else {
                return Self(None);
            };
            let name = name.trim().trim_start_matches("export ").trim();
            variables.insert(name.to_owned(), value.trim().to_owned());
        }
        Self(Some(variables))
    }

    /// A path with its variables filled in; none where their values are not plain.
    pub fn filled(&self, path: &str) -> Option<String> {
        let mut filled = String::new();
        let mut rest = path;
        while let Some((before, after)) = rest.split_once('$') {
            filled.push_str(before);
            if let Some(after) = after.strip_prefix('$') {
                filled.push('$');
                rest = after;
                continue;
            }
            let (expression, after) = match after.strip_prefix('{') {
                Some(inner) => inner.split_once('}')?,
                None => {
                    let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
                    after.split_at(end.unwrap_or(after.len()))
                }
            };
            filled.push_str(&self.value(expression)?);
            rest = after;
        }
        filled.push_str(rest);
        Some(filled)
    }

    /// Of `NAME`, `NAME:-default`, `NAME-default`.
    fn value(&self, expression: &str) -> Option<String> {
        let end = expression.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let (name, operator) = expression.split_at(end.unwrap_or(expression.len()));
        let value = self.0.as_ref()?.get(name).map(String::as_str);
        let value = match (value, operator) {
            (Some(value), "") => value,
            (None, "") => return None,
            (value, _) => {
                let unset_only = operator.strip_prefix('-');
                let default = operator.strip_prefix(":-").or(unset_only)?;
                value
                    .filter(|value| unset_only.is_some() || !value.is_empty())
                    .unwrap_or(default)
            }
        };
        let quoted = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
        let value = quoted('"').or_else(|| quoted('\'')).unwrap_or(value);
        let plain = |c: char| !matches!(c, '"' | '\'' | '\\' | '$' | '#');
        value.chars().all(plain).then(|| value.to_owned())
    }
}

#[cfg(test)]
mod tests;
