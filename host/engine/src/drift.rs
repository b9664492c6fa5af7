//! Whether what a step is about to do is what was shown.

use crate::Act;

/// How a step says that it does not know yet.
const AT_MOST: &str = "at most: ";

/// The actions of `now` that `shown` does not cover, in their order.
///
/// An action is covered when the same `what` was shown, or when an `at most: …` was shown for the
/// same object, which is the last word. The reasons are not compared: they may well be new.
pub fn find_drift(shown: &[Act], now: &[Act]) -> Vec<Act> {
    now.iter()
        .filter(|new| !shown.iter().any(|old| covers(&old.what, &new.what)))
        .cloned()
        .collect()
}

fn covers(shown: &str, now: &str) -> bool {
    if shown == now {
        return true;
    }
    let Some(bound) = shown.strip_prefix(AT_MOST) else {
        return false;
    };
    let object = last_word(bound);
    object.is_some() && object == last_word(now.strip_prefix(AT_MOST).unwrap_or(now))
}

fn last_word(what: &str) -> Option<&str> {
    what.split_whitespace().next_back()
}

#[cfg(test)]
mod tests;
