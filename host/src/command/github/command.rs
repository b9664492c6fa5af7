//! What the runner of GitHub Actions takes for a command in a line that a step prints: how ours are
//! written, and how everybody else's are kept from being one. Pure.
//!
//! The runner reads every line of standard output and standard error. One that begins with `::`,
//! blanks aside, or has `##[` anywhere in it, can set outputs, hide text and annotate files. It
//! compares by the rules of a language, to which some characters weigh nothing.

/// `::name key=value,…::data`
pub fn written(name: &str, properties: &[(&str, &str)], data: &str) -> String {
    let pairs: Vec<String> = properties
        .iter()
        .map(|(key, value)| format!("{key}={}", property(value)))
        .collect();
    let blank = if pairs.is_empty() { "" } else { " " };
    format!("::{name}{blank}{}::{}", pairs.join(","), escaped(data))
}

fn escaped(data: &str) -> String {
    data.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(value: &str) -> String {
    escaped(value).replace(':', "%3A").replace(',', "%2C")
}

/// The same text, in which the runner finds no command.
pub fn inert(text: &str) -> String {
    // It ends lines at a carriage return, too.
    let lines = text.split_inclusive(['\n', '\r']);
    lines.map(line).collect()
}

fn line(text: &str) -> String {
    let mut inert = String::with_capacity(text.len());
    let mut seen = text.chars().filter(|c| weighs(*c));
    if (seen.next(), seen.next()) == (Some(':'), Some(':')) {
        inert.push_str("| ");
    }
    let mut hashes = 0;
    for c in text.chars() {
        if c == '[' && hashes > 1 {
            inert.push(' ');
        }
        match c {
            '#' => hashes += 1,
            c if weighs(c) || c == ' ' => hashes = 0,
            _ => {}
        }
        inert.push(c);
    }
    inert
}

/// Whether it is sure to count where texts are compared.
fn weighs(c: char) -> bool {
    c.is_ascii_graphic() || c.is_alphanumeric()
}

/// The same JSON, in which the runner finds no command: a hash is found in strings only.
pub fn inert_json(json: &str) -> String {
    json.replace('#', "\\u0023")
}

#[cfg(test)]
mod tests;
