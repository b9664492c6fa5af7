use super::*;

#[test]
fn nothing_steers_what_is_shown() {
    let text = "a\u{1b}[31m\u{202e}b\r\n\u{9b}\u{2028}\u{feff}\u{61c}\u{2066}é\tc";
    assert!(!sanitize(text).contains(is_control_or_bidi));
    assert_eq!(sanitize("a\u{1b}[2Jb\n"), "a [2Jb ");
    assert_eq!(
        escape_controls("a\u{1b}[31m\u{202e}\tb"),
        "a\\u{1b}[31m\\u{202e}\tb"
    );
    assert!(
        !escape_controls(text)
            .replace('\t', "")
            .contains(is_control_or_bidi)
    );
}

#[test]
fn what_people_write_stays() {
    for text in ["déjà vu", "日本", "👩\u{200d}🍳", "a-b_c"] {
        assert_eq!(
            (sanitize(text), escape_controls(text)),
            (text.into(), text.into())
        );
    }
}

#[test]
fn a_cut_tears_no_character() {
    assert_eq!((cut("éé", 3), cut("é", 9)), ("é", "é"));
}
