#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn what_people_write_is_shown_as_they_wrote_it() {
    for (written, ms) in [
        ("1s", 1_000),
        ("1500ms", 1_500),
        ("90s", 90_000),
        ("15m", 900_000),
        ("24h", 86_400_000),
    ] {
        let duration = parse(written).unwrap();
        assert_eq!(duration, Duration::from_millis(ms));
        assert_eq!(text(duration), written);
    }
}

#[test]
fn what_is_refused() {
    for written in [
        "",
        "0",
        "-1",
        "30",
        "30 m",
        " 30s",
        "1e9s",
        "1.5s",
        "0s",
        "999ms",
        "25h",
        "1d",
        "1h30m",
        "86400001ms",
        "99999999999999999999s",
        "18446744073709551615h",
        "٣s",
        "+5s",
        "30S",
    ] {
        let diagnostic = parse(written).unwrap_err();
        assert!(
            diagnostic.message.contains(written),
            "{}",
            diagnostic.message
        );
        assert!(diagnostic.help.unwrap().contains("1s to 24h"));
    }
}
