use super::*;

#[test]
fn tricks_are_found_and_shown_escaped() {
    for (text, at, as_shown) in [
        ("a\u{0}b", 1, "a\\u0000b"),
        ("\u{1b}[2J", 0, "\\u001B[2J"),
        ("ab\u{202e}c", 2, "ab\\u202Ec"),
        ("é\u{85}", 2, "é\\u0085"),
        ("a\rb", 1, "a\\u000Db"),
        ("\u{feff}", 0, "\\uFEFF"),
    ] {
        assert_eq!(
            find_forbidden(text).map(|(at, _)| at),
            Some(at),
            "{as_shown}"
        );
        assert_eq!(display(text), as_shown);
    }
}

#[test]
fn what_people_write_is_no_trick() {
    for text in ["déjà vu", "日本", "👩‍🍳", "a\tb\r\nc\n", ""] {
        assert_eq!(find_forbidden(text), None, "{text}");
    }
}

#[test]
fn long_text_is_cut() {
    assert_eq!(display(&"x".repeat(1000)).chars().count(), LONGEST + 1);
}
