//! What no text of a plan may hold, wherever it stands: tricks on the reader, and a secret.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::source_text::SourceText;
use crate::syntax::Item;
use deployhost_policy::Diagnostic;
use deployhost_policy::display::{escape, find_forbidden};

/// Longest text of a plan, in bytes.
pub const LONGEST: usize = 64 * 1024;

/// Longest key of a plan, in bytes.
const LONGEST_KEY: usize = 128;

/// Every key and text of the table, however deep; TOML's parser bounds the depth.
pub fn check_table(source: &SourceText, tree: &DeTable<'_>) -> Result<(), Diagnostic> {
    for (key, value) in tree {
        check_placed(source, key.get_ref(), &key.span())?;
        if key.get_ref().len() > LONGEST_KEY {
            let message = "the key is longer than 128 bytes";
            return Err(Diagnostic::new("plan.too-long", message)
                .at(source.locate(key.span().start))
                .help("shorten it"));
        }
        check_item(source, value)?;
    }
    Ok(())
}

fn check_item(source: &SourceText, value: &Item<'_>) -> Result<(), Diagnostic> {
    match value.get_ref() {
        DeValue::String(said) => check_placed(source, said, &value.span()),
        DeValue::Array(items) => items.iter().try_for_each(|each| check_item(source, each)),
        DeValue::Table(below) => check_table(source, below),
        _ => Ok(()),
    }
}

fn check_placed(source: &SourceText, said: &str, span: &Range<usize>) -> Result<(), Diagnostic> {
    check_text(said).map_err(|diagnostic| diagnostic.at(source.locate(span.start)))
}

/// One text, as decoded.
pub fn check_text(said: &str) -> Result<(), Diagnostic> {
    if let Some((_, c)) = find_forbidden(said) {
        let message = format!("the character {} may not be in a plan's text", escape(c));
        return Err(Diagnostic::new("plan.character", message)
            .parameter("character", escape(c))
            .help("remove it"));
    }
    if said.len() > LONGEST {
        return Err(
            Diagnostic::new("plan.too-long", "the text is longer than 64 KiB").help("shorten it"),
        );
    }
    if is_webhook(said) {
        return Err(Diagnostic::new(
            "plan.webhook-written-out",
            "a webhook's address is a secret, and this one is written out",
        )
        .help(
            "put it into the environment or a file, name that under [secrets], \
             and write \"${secret.NAME}\" here; then make a new webhook, since this one was seen",
        ));
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
