//! Texts with names in braces: the plan's own, and the ones that come with this plugin. Pure.
//!
//! `{commit}` stands for a value, `{{` and `}}` for braces; a line is left out where one of its values
//! is not known. A crate for it was looked for: those that are kept up escape with a backslash, which
//! is Discord's own escape, or do not say which name is wrong.

use crate::text::{LONGEST, code, cut, length, plain};

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// What somebody else wrote, of at most so many characters.
    Text(String, usize),
    /// Harmless wherever it stands.
    Word(String),
    /// Markdown of our own, a line or several.
    Markdown(String),
    /// Commands, each of which is shown as it is or not at all.
    Commands(String),
}

#[derive(Debug, PartialEq, Eq)]
enum Piece<'t> {
    Text(&'t str),
    Name(&'t str),
    Unclosed,
    Stray,
}

/// A line in its pieces.
fn pieces(mut line: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    while let Some(at) = line.find(['{', '}']) {
        let (before, rest) = line.split_at(at);
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        if rest.starts_with("{{") || rest.starts_with("}}") {
            pieces.push(Piece::Text(&rest[..1]));
            line = &rest[2..];
        } else if let Some(after) = rest.strip_prefix('}') {
            pieces.push(Piece::Stray);
            line = after;
        } else {
            let Some(end) = rest[1..].find(['{', '}']).map(|end| end + 1) else {
                pieces.push(Piece::Unclosed);
                return pieces;
            };
            if rest[end..].starts_with('{') {
                pieces.push(Piece::Unclosed);
                line = &rest[end..];
            } else {
                pieces.push(Piece::Name(&rest[1..end]));
                line = &rest[end + 1..];
            }
        }
    }
    if !line.is_empty() {
        pieces.push(Piece::Text(line));
    }
    pieces
}

/// Whether what comes next is code: markdown has no meaning there, and a backtick ends it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Place {
    fence: bool,
    tick: bool,
}

impl Place {
    fn after(mut self, text: &str) -> Self {
        let mut rest = text;
        while let Some(at) = rest.find('`') {
            rest = &rest[at..];
            let run = rest.len() - rest.trim_start_matches('`').len();
            rest = &rest[run..];
            if run >= 3 {
                self.fence = !self.fence;
            } else if run == 1 && !self.fence {
                self.tick = !self.tick;
            }
        }
        self
    }

    fn show(self, value: &Value) -> String {
        let is_code = self.fence || self.tick;
        match value {
            Value::Text(text, most) if is_code => code(text, *most),
            Value::Text(text, most) => plain(text, *most),
            Value::Word(word) => word.clone(),
            Value::Markdown(text) if is_code => text.replace('`', "'"),
            Value::Markdown(text) => text.clone(),
            Value::Commands(lines) if is_code || lines.is_empty() => lines.clone(),
            Value::Commands(lines) if lines.contains('\n') => format!("```\n{lines}\n```"),
            Value::Commands(line) => format!("`{line}`"),
        }
    }
}

/// The text with its values.
pub fn render(template: &str, value: impl Fn(&str) -> Option<Value>) -> String {
    let mut lines = Vec::new();
    let mut place = Place::default();
    for line in template.lines() {
        let before = place;
        let mut known = true;
        let mut shown = String::new();
        for piece in pieces(line) {
            match piece {
                Piece::Text(text) => {
                    place = place.after(text);
                    shown.push_str(text);
                }
                Piece::Name(name) => {
                    let text = value(name).map(|value| place.show(&value));
                    let text = text.unwrap_or_default();
                    known &= !text.is_empty();
                    shown.push_str(&text);
                }
                // No plan with one gets here: it is refused before.
                Piece::Unclosed | Piece::Stray => {}
            }
        }
        place.tick = false;
        // A line that begins or ends a block of code is always there.
        if known || place.fence != before.fence {
            lines.push(shown);
        }
    }
    lines.join("\n")
}

/// What is wrong with a template, in words for whoever wrote it. It may name these names.
pub fn faults(template: &str, names: &[&str]) -> Vec<String> {
    if template.trim().is_empty() {
        return vec!["is empty: leave it out, and the usual text is sent".to_owned()];
    }
    if length(template) > LONGEST {
        return vec![format!(
            "has {} characters; a message has at most {LONGEST}",
            length(template)
        )];
    }
    if template.contains("${") || names_secret(template) {
        return vec!["names a secret, and everybody in the channel would read it".to_owned()];
    }
    let mut faults = Vec::new();
    let mut place = Place::default();
    for line in template.lines() {
        for piece in pieces(line) {
            match piece {
                Piece::Text(text) => place = place.after(text),
                Piece::Name(name) if names.contains(&name) => {}
                Piece::Name(name) => faults.push(format!(
                    "there is no `{{{}}}`: {}",
                    cut(&name.escape_debug().to_string(), 40),
                    suggestion(name, names)
                )),
                Piece::Unclosed => faults.push(
                    "has a `{` without its `}` on the same line; `{{` stands for a brace"
                        .to_owned(),
                ),
                Piece::Stray => {
                    faults.push("has a `}` without its `{`; `}}` stands for a brace".to_owned())
                }
            }
        }
        if place.tick {
            faults.push("has a ` without its second one on the same line".to_owned());
            place.tick = false;
        }
    }
    if place.fence {
        faults.push("has a ``` without its second one".to_owned());
    }
    faults.dedup();
    faults
}

/// What stands in a config for a secret has `s-` and 32 hexadecimal digits in it.
fn names_secret(text: &str) -> bool {
    text.match_indices("s-").any(|(at, _)| {
        let digits = text[at + 2..].bytes().take(32);
        digits.filter(u8::is_ascii_hexdigit).count() == 32
    })
}

/// The nearest, or all there are.
pub fn suggestion(word: &str, known: &[&str]) -> String {
    let word = word.trim().to_lowercase();
    let near = known
        .iter()
        .map(|known| (strsim::osa_distance(&word, known), known))
        .filter(|(distance, known)| *distance <= (known.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance);
    match near {
        Some((_, near)) => format!("did you mean `{near}`?"),
        None => format!("it can be {}", known.join(", ")),
    }
}
