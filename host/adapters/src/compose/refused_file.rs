//! What may be told of Compose's own words on a file that it refuses: they quote what they do not
//! understand, and that may be anything.
//!
//! Told are words that the files have as keys or as paths, and the words that every such sentence is
//! made of. The rest is left out.

use std::collections::BTreeSet;

/// Longest sentence, in words.
const MOST: usize = 60;
/// Stands for what is not told.
const LEFT_OUT: &str = "…";

/// The words of Compose's sentences.
const PLAIN: &str = "a additional against allowed already an and another any are array as be boolean but can't cannot \
    circular column compose config configuration configs container contains could dependency depend depends did directory document does duplicate \
    empty entry env error expected extend extends external failed field file files find for format found from \
    has have host id image include including integer interpolation in into invalid is it key label large line \
    list load loading make mapping match may missing mode more most must name named network networks no node \
    non not number object of on one only option options or parse path port ports project property properties \
    read reading reference refers replicas required resource same schema secret secrets section select service set \
    services should single small specified spec stream string such supported syntax tag than that the this to too top-level \
    type typo undefined unexpected unique unknown unmarshal unmarshalling unsupported use using validate \
    validating validation value values variable version volume volumes was while with without yaml you your";

/// One line. `known` are the files' own words.
pub fn told(errors: &str, known: &BTreeSet<String>) -> String {
    let plain: BTreeSet<&str> = PLAIN.split_whitespace().collect();
    let of_interest = |line: &&str| !line.trim().is_empty() && !line.contains("level=warning");
    let lines = errors.lines().filter(of_interest);
    let mut told: Vec<String> = Vec::new();
    for word in lines.flat_map(str::split_whitespace).take(MOST) {
        let word = told_word(word, &plain, known);
        // What is left out in a row is left out once.
        if word != LEFT_OUT || told.last().is_none_or(|last| last != LEFT_OUT) {
            told.push(word);
        }
    }
    let sentence = told.join(" ");
    match sentence.trim_matches(['…', ' ']).is_empty() {
        true => "Compose refuses the file".to_owned(),
        false => format!("Compose refuses the file: {sentence}"),
    }
}

/// A word with its punctuation; dotted paths of keys part by part.
fn told_word(word: &str, plain: &BTreeSet<&str>, known: &BTreeSet<String>) -> String {
    let is_inner = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let begin = word.find(is_inner).unwrap_or(word.len());
    let end = word.rfind(is_inner).map_or(begin, |at| {
        at + word[at..].chars().next().map_or(0, char::len_utf8)
    });
    let inner = word[begin..end].trim_end_matches('.');
    let may_tell = |part: &str| {
        let number = part.len() <= 5 && part.bytes().all(|b| b.is_ascii_digit());
        known.contains(part) || plain.contains(part.to_lowercase().as_str()) || number
    };
    let path = known
        .iter()
        .any(|it| it.contains('.') && inner.ends_with(it.trim_start_matches("./")));
    let told = match may_tell(inner) || (path && !inner.is_empty()) {
        true => inner.to_owned(),
        false if inner.split('.').all(may_tell) => inner.to_owned(),
        false => return LEFT_OUT.to_owned(),
    };
    let mark = |text: &str| -> String {
        let kept = |c: &char| matches!(c, '"' | '\'' | ':' | ',' | '(' | ')');
        text.chars().filter(kept).collect()
    };
    format!("{}{told}{}", mark(&word[..begin]), mark(&word[end..]))
}

#[cfg(test)]
mod tests;
