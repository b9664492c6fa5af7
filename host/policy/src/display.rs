//! Text that could play tricks on whoever reads it: which characters those are, and how they are
//! shown instead.

use crate::text::is_control_or_bidi;

/// Longest text that is repeated in an error, in characters.
const LONGEST: usize = 60;
const LONGEST_LINE: usize = 300;
const LONGEST_PATH: usize = 1024;

/// What steers whoever reads it, but tab and the ends of lines, of which a plan is made.
pub fn is_forbidden(c: char) -> bool {
    !matches!(c, '\t' | '\n') && is_control_or_bidi(c)
}

/// The first character that a plan may not hold, with its byte offset. A carriage return is fine
/// before a line feed only: alone it overwrites the line it stands in.
pub fn find_forbidden(text: &str) -> Option<(usize, char)> {
    text.char_indices()
        .find(|&(at, c)| is_forbidden(c) && !(c == '\r' && text[at + 1..].starts_with('\n')))
}

/// As TOML would write it: `\u202E`.
pub fn escape(c: char) -> String {
    let code = u32::from(c);
    if code > 0xffff {
        format!("\\U{code:08X}")
    } else {
        format!("\\u{code:04X}")
    }
}

/// On one line, without tricks, cut after a while.
pub fn display(text: &str) -> String {
    cut(text, LONGEST)
}

/// As [`shown`], for a sentence that somebody else wrote.
pub fn display_line(text: &str) -> String {
    cut(text, LONGEST_LINE)
}

/// As [`shown`], for the paths of files.
pub fn display_path(text: &str) -> String {
    cut(text, LONGEST_PATH)
}

fn cut(text: &str, longest: usize) -> String {
    let mut shown = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == longest {
            shown.push('…');
            break;
        }
        match c {
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            c if is_forbidden(c) => shown.push_str(&escape(c)),
            c => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests;
