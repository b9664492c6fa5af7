#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

#[test]
fn a_command_carries_any_text() {
    assert_eq!(written("endgroup", &[], ""), "::endgroup::");
    assert_eq!(
        written("group", &[], "100% of\r\nit: a,b"),
        "::group::100%25 of%0D%0Ait: a,b"
    );
    assert_eq!(
        written(
            "error",
            &[("file", "C:\\a,b%.toml"), ("line", "3")],
            "x::y\n::add-mask::z"
        ),
        "::error file=C%3A\\a%2Cb%25.toml,line=3::x::y%0A::add-mask::z"
    );
}

#[test]
fn nobody_elses_text_is_a_command() {
    for (text, inert_text) in [
        ("::error::x", "| ::error::x"),
        (" \t\u{a0}::error::x", "|  \t\u{a0}::error::x"),
        ("\u{ad}:\u{200b}:error::x", "| \u{ad}:\u{200b}:error::x"),
        ("a\r::error::x\nb", "a\r| ::error::x\nb"),
        ("a\n\n::b::", "a\n\n| ::b::"),
        (
            "see ##[error]x, ##[set-output name=a]b",
            "see ## [error]x, ## [set-output name=a]b",
        ),
        ("#\u{200b}#\u{ad}[x]", "#\u{200b}#\u{ad} [x]"),
        ("###[x]", "### [x]"),
    ] {
        assert_eq!(inert(text), inert_text, "{text:?}");
        assert_eq!(inert(inert_text), inert_text, "once is enough: {text:?}");
    }
    for text in [
        "a::b", "std::fs", ":a::", "é::x", "# [x]", "#a#[x]", "# #[x]", "", "\n",
    ] {
        assert_eq!(inert(text), text);
    }
}

#[test]
fn json_stays_what_it_says() {
    let said = serde_json::json!({ "subject": "##[error]x #\u{200b}#[y] \\# ::z" });
    let inert = inert_json(&said.to_string());
    assert!(!inert.contains('#'));
    let read: serde_json::Value = serde_json::from_str(&inert).unwrap();
    assert_eq!(read, said);
}
