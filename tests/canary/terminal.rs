//! What the program may write to a terminal: its own colours, and the line that it redraws.

/// Everything of it that is no text.
const OWN: [&str; 9] = [
    "\r\n",
    "\r\u{1b}[2K",
    "\u{1b}[0m",
    "\u{1b}[1m",
    "\u{1b}[2m",
    "\u{1b}[31m",
    "\u{1b}[32m",
    "\u{1b}[33m",
    "\n",
];

/// Control characters, what ends lines, and what turns text around or stands in it unseen.
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{feff}'
        )
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Nobody's words are an order to the terminal.
pub fn is_steered_by_nobody(shown: &str) {
    assert_eq!(order(shown), None);
}

/// The first order that is none of the program's own, and what follows it. What looks like one of its
/// own is told by the words that the hostile texts have behind it.
fn order(shown: &str) -> Option<String> {
    let mut text = shown.to_owned();
    for stolen in ["\u{1b}[31mred", "\u{1b}[0m\u{1b}[1A"] {
        text = text.replace(stolen, "\u{7}");
    }
    for own in OWN {
        text = text.replace(own, "");
    }
    let at = text.find(steers)?;
    Some(text[at..text.floor_char_boundary(at + 200)].to_owned())
}

#[test]
fn what_steers_is_seen() {
    for text in [
        "\u{1b}[2J",
        "\u{9b}31m",
        "a\rb",
        "\u{202e}",
        "\u{7}",
        "\u{1b}[31mred",
        "\u{1b}]8;;x",
    ] {
        assert!(order(&format!("before {text} after")).is_some(), "{text:?}");
    }
    is_steered_by_nobody("\r\u{1b}[2K\u{1b}[2m… code  working (1 s)\u{1b}[0m\r\nélan 日本\r\n");
}
