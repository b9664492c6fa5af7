//! Lengths of time as people write them.

use crate::Duration;

#[test]
fn what_people_write() {
    for (text, ms) in [
        ("0s", 0),
        ("500ms", 500),
        ("30s", 30_000),
        ("5m", 300_000),
        ("2h", 7_200_000),
        ("24h", 86_400_000),
        ("007s", 7_000),
    ] {
        assert_eq!(text.parse(), Ok(Duration::from_millis(ms)), "{text}");
    }
}

#[test]
fn what_is_refused() {
    for text in [
        "",
        "30",
        "s",
        "-1",
        "-1s",
        "1e9s",
        "30 m",
        " 30s",
        "30s ",
        "1.5s",
        "30S",
        "1d",
        "+5s",
        "٣s",
        "25h",
        "86400001ms",
        "99999999999999999999s",
        "18446744073709551615h",
        "1h30m",
    ] {
        let refused = text.parse::<Duration>().unwrap_err().to_string();
        assert!(refused.contains(&format!("`{text}`")), "{refused}");
        assert!(refused.contains("ms, s, m or h"), "{refused}");
        assert!(refused.contains("24h"), "{refused}");
    }
}

#[test]
fn it_is_shown_as_it_would_be_written() {
    for text in ["0s", "1ms", "1500ms", "90s", "2m", "24h"] {
        assert_eq!(text.parse::<Duration>().unwrap().to_string(), text);
    }
    assert_eq!(Duration::from_secs(120).to_string(), "2m");
}

#[test]
fn a_number_is_no_duration() {
    assert!(serde_json::from_str::<Duration>("30").is_err());
    assert_eq!(
        serde_json::from_str::<Duration>("\"1m\"").unwrap(),
        Duration::from_secs(60)
    );
}
