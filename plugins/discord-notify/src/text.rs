//! Text that others wrote, made harmless and short. Pure.

use deployhost_plugin::line::visible;

/// Discord's limit for a message.
pub const LONGEST: usize = 2_000;

/// Its length as Discord may count it: in UTF-16, the longest of the ways.
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// One line in which nothing is markdown, a link or a mention, of at most `most` characters.
pub fn plain(text: &str, most: usize) -> String {
    // Reads no further than it can show, and than it looks ahead.
    let text: String = visible(text).map(unmentioned).take(most + 3).collect();
    let mut plain = String::new();
    let mut used = 0;
    for (at, c) in text.char_indices() {
        let rest = &text[at..];
        let escaped = "\\`*_~|[]<".contains(c)
            // Only in front is it a list, a title or a quote, only before slashes a link.
            || at == 0 && "-+#>(".contains(c)
            || rest.starts_with("://");
        let width = usize::from(escaped) + c.len_utf16();
        // Room for the ellipsis is kept; an escape is never torn from what it escapes.
        if used + width + 1 > most {
            plain.push('…');
            break;
        }
        if escaped {
            plain.push('\\');
        }
        plain.push(c);
        used += width;
    }
    plain.truncate(plain.trim_end().len());
    plain
}

/// Between backticks, where a backtick is the only thing with a meaning.
pub fn code(text: &str, most: usize) -> String {
    let inner: String = visible(text)
        .map(|c| if c == '`' { '\'' } else { unmentioned(c) })
        .take(most + 1)
        .collect();
    cut(inner.trim_end(), most)
}

/// Looks like an `@` and calls nobody.
fn unmentioned(c: char) -> char {
    if c == '@' { '＠' } else { c }
}

/// An id: what is neither letter nor digit nor a sign of names is left out, so it is one anywhere.
pub fn word(text: &str, most: usize) -> String {
    text.chars()
        .filter(|c| c.is_ascii_alphanumeric() || "-.".contains(*c))
        .take(most)
        .collect()
}

/// The first line of a commit message.
pub fn first_line(text: &str) -> &str {
    let mut lines = text.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']);
    lines
        .find_map(|line| Some(line.trim()).filter(|line| !line.is_empty()))
        .unwrap_or_default()
}

/// A web address as Discord shows it, if it is one: what would be markdown is percent-encoded.
pub fn link(url: &str) -> Option<String> {
    let harmless = |c: char| c.is_ascii_graphic() && !"<>`\\\"".contains(c);
    let web = url.starts_with("https://") || url.starts_with("http://");
    if !web || url.len() > 300 || !url.chars().all(harmless) {
        return None;
    }
    let mut link = String::new();
    for c in url.chars() {
        match c {
            '*' | '(' | ')' | '[' | ']' | '@' | '|' | '~' => {
                link.push_str(&format!("%{:02X}", c as u32));
            }
            c => link.push(c),
        }
    }
    Some(link)
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

/// Cut as [`cut`], and nothing is left open: no escape without what it escapes, no code without its
/// end.
pub fn cut_message(text: &str, most: usize) -> String {
    const CLOSING: usize = 5;
    if length(text) <= most {
        return text.to_owned();
    }
    let mut kept = cut(text, most.saturating_sub(CLOSING));
    kept.pop();
    // Half a fence would be counted for something else.
    kept.truncate(kept.trim_end_matches(['\\', '`']).len());
    let end = open_code(&kept);
    kept.push('…');
    kept.push_str(end);
    kept
}

/// What would end the code that the text ends in; empty: none.
fn open_code(text: &str) -> &'static str {
    let mut rest = text;
    while let Some(at) = rest.find(['\\', '`']) {
        rest = &rest[at..];
        if rest.starts_with('\\') {
            let mut chars = rest.chars();
            // And what it escapes.
            chars.nth(1);
            rest = chars.as_str();
            continue;
        }
        let (fence, end) = match rest.starts_with("```") {
            true => ("```", "\n```"),
            false => ("`", "`"),
        };
        match rest[fence.len()..].split_once(fence) {
            Some((_, after)) => rest = after,
            None => return end,
        }
    }
    ""
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
