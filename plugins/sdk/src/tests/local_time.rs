//! Times of RFC 3339.

use crate::{InvalidTime, LocalTime};

#[test]
fn a_time_of_rfc_3339_is_read_and_written() {
    let time: LocalTime = "2025-10-25T14:30:15+02:00".parse().unwrap();
    assert_eq!(
        time,
        LocalTime {
            year: 2025,
            month: 10,
            day: 25,
            hour: 14,
            minute: 30,
            second: 15,
            weekday: 6,
            offset_seconds: 7_200,
            zone: String::new(),
        }
    );
    assert_eq!(time.to_string(), "2025-10-25T14:30:15+02:00");
    for (text, written) in [
        ("2024-02-29t00:00:00z", "2024-02-29T00:00:00+00:00"),
        ("1999-12-31T23:59:60.25-03:30", "1999-12-31T23:59:60-03:30"),
    ] {
        assert_eq!(text.parse::<LocalTime>().unwrap().to_string(), written);
    }
}

#[test]
fn days_of_the_week() {
    for (day, weekday) in [
        ("1970-01-01", 4),
        ("2000-02-29", 2),
        ("2024-03-01", 5),
        ("2025-10-26", 7),
        ("2025-10-27", 1),
    ] {
        let time: LocalTime = format!("{day}T00:00:00Z").parse().unwrap();
        assert_eq!(time.weekday, weekday, "{day}");
    }
}

#[test]
fn what_is_no_time_is_refused() {
    for text in [
        "",
        "yesterday",
        "2025-10-25",
        "2025-10-25 14:30:15",
        "2025-10-25T14:30:15",
        "2025-13-25T14:30:15Z",
        "2025-00-25T14:30:15Z",
        "2025-10-32T14:30:15Z",
        "2025-10-25T24:30:15Z",
        "2025-10-25T14:30:15+2:00",
        "2025-10-25T14:30:15.Z",
        "2025-10-25T14:30:15.5",
        "2025-10-25T1é:00:00Z",
        "2025-10-25T14:30:15Zz",
    ] {
        assert_eq!(text.parse::<LocalTime>(), Err(InvalidTime), "{text}");
    }
}
