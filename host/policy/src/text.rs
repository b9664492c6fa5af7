//! A line that others wrote, as people may see it: short, and without power over the terminal or the
//! eye of whoever reads it.
//!
//! Owns which characters have that power. Who may say what, and what is a secret, is not its matter.

/// Longest line kept, in bytes.
pub const LINE: usize = 8 * 1024;

/// Control characters, and those that end lines, turn text around or stand in it unseen.
pub fn is_control_or_bidi(c: char) -> bool {
    match c {
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => true,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        c => c.is_control(),
    }
}

/// One line: a blank instead of each of these characters.
pub fn sanitize(text: &str) -> String {
    text.replace(is_control_or_bidi, " ")
}

/// One line that still shows which of these characters were there. A tab stays.
pub fn escape_controls(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\t' && is_control_or_bidi(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// At most `most` bytes of `text`, cut on a character. What others wrote goes through
/// [`redact_in_scope`](super::super::secret::veiled) instead: half a secret is not recognised.
pub fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

#[cfg(test)]
mod tests;
