//! Text that others wrote, made harmless and short. Pure.

use deployhost_plugin::line::visible;

/// Discord's limit for a message.
pub const LONGEST: usize = 2_000;

/// Its length as Discord may count it: in UTF-16, the longest of the ways.
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// One line in which nothing is markdown and nothing is a mention, of at most `most` characters.
pub fn plain(text: &str, most: usize) -> String {
    let mut plain = String::new();
    let mut used = 0;
    for c in visible(text) {
        let escaped = if "\\`*_~|>[]()<@#".contains(c) { 1 } else { 0 };
        let width = escaped + c.len_utf16();
        // Room for the ellipsis is kept; an escape is never torn from what it escapes.
        if used + width + 1 > most {
            plain.push('…');
            break;
        }
        if escaped == 1 {
            plain.push('\\');
        }
        plain.push(c);
        used += width;
    }
    plain
}

/// The first line of a commit message, as [`plain`].
pub fn first_line(text: &str, most: usize) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    plain(line.unwrap_or_default(), most)
}

/// Within backticks, where a backtick is the only thing with a meaning.
pub fn code(text: &str) -> String {
    let inner: String = visible(text).filter(|c| *c != '`').take(100).collect();
    format!("`{inner}`")
}

/// One line of a code block. The command stays what it is, but for a fence that would end the block.
pub fn block_line(text: &str) -> String {
    visible(text).collect::<String>().replace("```", "` ` `")
}

/// Cut at a character, with an ellipsis.
pub fn cut(text: &str, most: usize) -> String {
    if length(text) <= most {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.len_utf16();
        if used > most {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

/// `850ms`, `12s`, `1m 20s`, `1h 2m`.
pub fn time(ms: u64) -> String {
    let seconds = ms / 1_000;
    match seconds {
        0 => format!("{ms}ms"),
        1..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m {}s", seconds / 60, seconds % 60),
        _ => format!("{}h {}m", seconds / 3_600, seconds % 3_600 / 60),
    }
}
