#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn a_line_steers_nothing_and_says_the_same() {
    let text = "a\u{1b}[2J\u{9b}31m\u{202e}b\u{2028}c\u{7f}\"é\\";
    let event = Event::Note { text: text.into() };
    let line = line("r1", 0, &event);
    assert!(!line.contains(is_control_or_bidi), "{line}");
    let read: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(read["text"], text);
}
