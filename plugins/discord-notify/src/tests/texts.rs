//! Text that others wrote, made harmless and short.

use crate::text::{code, cut, cut_message, first_line, length, link, plain, time, word};

#[test]
fn an_escape_is_never_torn_from_what_it_escapes() {
    for most in 1..20 {
        let text = plain("a*b_c`d[e]f(g)", most);
        assert!(length(&text) <= most, "{text}");
        let backslashes = text
            .trim_end_matches('…')
            .chars()
            .rev()
            .take_while(|c| *c == '\\');
        assert_eq!(backslashes.count() % 2, 0, "{text}");
    }
}

#[test]
fn a_cut_keeps_whole_characters() {
    assert_eq!(cut("🚀🚀🚀", 6), "🚀🚀🚀");
    assert_eq!(cut("🚀🚀🚀", 5), "🚀🚀…");
    assert_eq!(cut("éa", 1), "…");
}

#[test]
fn what_cannot_be_seen_is_gone() {
    assert_eq!(
        plain("a\u{0}\u{1b}b\u{202e}c\u{200b}d \t\n e", 50),
        "abcd e"
    );
    for end in ["\n", "\r", "\u{2028}", "\u{85}"] {
        assert_eq!(first_line(&format!("\r\n \n first {end}second")), "first");
    }
    assert_eq!(first_line(" \n"), "");
}

#[test]
fn times() {
    for (ms, words) in [
        (0, "0ms"),
        (850, "850ms"),
        (12_900, "12s"),
        (80_000, "1m 20s"),
        (3_720_000, "1h 2m"),
    ] {
        assert_eq!(time(ms), words);
    }
}

#[test]
fn nothing_that_others_wrote_is_markdown_or_a_link() {
    for (text, shown) in [
        ("a://b https://c d:e", "a\\://b https\\://c d:e"),
        ("- list - not", "\\- list - not"),
        ("+1", "\\+1"),
        ("# a # b", "\\# a # b"),
        ("> a > b", "\\> a > b"),
        ("(a) (b)", "\\(a) (b)"),
        ("[a](b)", "\\[a\\](b)"),
        ("@here", "＠here"),
        ("a_b", "a\\_b"),
        ("a ", "a"),
    ] {
        assert_eq!(plain(text, 50), shown);
    }
    assert_eq!(code("a`b *c* @here", 50), "a'b *c* ＠here");
    assert_eq!(word("ab/../`c` d.e-f", 50), "ab..cd.e-f");
    assert_eq!(
        link("https://a.example/_x_?a=1&b#c").as_deref(),
        Some("https://a.example/_x_?a=1&b#c")
    );
}

#[test]
fn a_cut_message_closes_what_it_opened() {
    for (text, most, cut) in [
        ("short", 20, "short"),
        ("abc ``` def ghi jkl mno", 18, "abc ``` def …\n```"),
        ("abc `def ghi jkl mno", 14, "abc `def…`"),
        ("abcdefg\\*hijklmnop", 14, "abcdefg…"),
    ] {
        assert_eq!(cut_message(text, most), cut);
        assert!(length(&cut_message(text, most)) <= most);
    }
}
