//! Text of others on one line.

use crate::line::visible;

#[test]
fn what_cannot_be_seen_is_gone() {
    let seen = |text| visible(text).collect::<String>();
    assert_eq!(
        seen(" \n a\u{0}\u{1b}[1mb\u{202e}\u{200b} \t\n é "),
        "a[1mb é "
    );
    assert_eq!(seen("\u{feff}\u{2066} \u{ad}x"), "x");
}
