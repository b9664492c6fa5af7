//! What no text of a plan may hold, wherever it stands: tricks on the reader, and a secret.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::location::Source;
use crate::problem::{Problem, Refusal};
use crate::syntax::Item;
use deployhost_policy::display::{escape, find_forbidden};

/// Longest text of a plan, in bytes.
pub const LONGEST: usize = 64 * 1024;

/// Longest key of a plan, in bytes.
const LONGEST_KEY: usize = 128;

/// Every key and text of the table, however deep; TOML's parser bounds the depth.
pub fn table(source: &Source, tree: &DeTable<'_>) -> Result<(), Problem> {
    for (key, value) in tree {
        placed(source, key.get_ref(), &key.span())?;
        if key.get_ref().len() > LONGEST_KEY {
            let what = "the key is longer than 128 bytes";
            return Err(Problem::new(source.place(key.span().start), what).cure("shorten it"));
        }
        item(source, value)?;
    }
    Ok(())
}

fn item(source: &Source, value: &Item<'_>) -> Result<(), Problem> {
    match value.get_ref() {
        DeValue::String(said) => placed(source, said, &value.span()),
        DeValue::Array(items) => items.iter().try_for_each(|each| item(source, each)),
        DeValue::Table(below) => table(source, below),
        _ => Ok(()),
    }
}

fn placed(source: &Source, said: &str, span: &Range<usize>) -> Result<(), Problem> {
    text(said).map_err(|refusal| Problem {
        what: refusal.what,
        place: source.place(span.start),
        cure: refusal.cure,
        hints: Vec::new(),
    })
}

/// One text, as decoded.
pub fn text(said: &str) -> Result<(), Refusal> {
    if let Some((_, c)) = find_forbidden(said) {
        let what = format!("the character {} may not be in a plan's text", escape(c));
        return Err(Refusal::new(what).cure("remove it"));
    }
    if said.len() > LONGEST {
        return Err(Refusal::new("the text is longer than 64 KiB").cure("shorten it"));
    }
    if is_webhook(said) {
        return Err(
            Refusal::new("a webhook's address is a secret, and this one is written out").cure(
                "put it into the environment or a file, name that under [secrets], \
             and write \"${secret.NAME}\" here; then make a new webhook, since this one was seen",
            ),
        );
    }
    Ok(())
}

/// A Discord webhook's address, whole or cut, under any of the names that Discord has for itself.
pub fn is_webhook(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    ["discord.com/api/", "discordapp.com/api/"]
        .iter()
        .any(|api| {
            said.match_indices(api).any(|(at, _)| {
                said[at + api.len()..]
                    .split('/')
                    .take(2)
                    .any(|part| part == "webhooks")
            })
        })
}

#[cfg(test)]
mod tests;
