//! "Did you mean …?": the known word that is nearest to an unknown one.

use crate::display::display;

/// Most words that are listed where none is near.
const LISTED: usize = 16;

/// The nearest of the known words, if it is near enough to be meant.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    // A word of one letter is one letter away from every other.
    let far = (length / 3).max(1).min(length.saturating_sub(1));
    known
        .into_iter()
        .map(|known| (strsim::osa_distance(&word, &known.to_lowercase()), known))
        .filter(|&(distance, _)| distance <= far)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, known)| known)
}

/// What to do about an unknown word: the nearest, or all there are.
pub fn help<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    let known: Vec<_> = known.into_iter().collect();
    if let Some(near) = nearest(word, known.iter().copied()) {
        return format!("did you mean `{}`?", display(near));
    }
    match known.as_slice() {
        [] => "leave it out".to_owned(),
        known => format!("it can be {}", list(known.iter().copied())),
    }
}

/// `a`, `b`, `c`
pub fn list<'k>(words: impl IntoIterator<Item = &'k str>) -> String {
    let mut words = words.into_iter();
    let mut listed: Vec<_> = words
        .by_ref()
        .take(LISTED)
        .map(|word| format!("`{}`", display(word)))
        .collect();
    if words.next().is_some() {
        listed.push("…".to_owned());
    }
    listed.join(", ")
}

#[cfg(test)]
mod tests;
