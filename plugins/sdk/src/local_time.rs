//! A moment as a clock on the wall shows it, and its text of RFC 3339.

use std::fmt;
use std::str::FromStr;

pub use crate::bindings::step_world::deployhost::plugin::clock::LocalTime;

/// The text is no moment of RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidTime;

impl fmt::Display for InvalidTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a time of RFC 3339, such as 2025-10-25T14:30:15+02:00")
    }
}

impl std::error::Error for InvalidTime {}

/// `2025-10-25T14:30:15+02:00`.
impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.offset_seconds / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{sign}{:02}:{:02}",
            self.year,
            self.month,
            self.day,
            self.hour,
            self.minute,
            self.second,
            minutes.abs() / 60,
            minutes.abs() % 60
        )
    }
}

/// From RFC 3339, whose text has no name for the zone; a fraction of a second is dropped.
impl FromStr for LocalTime {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        parse(text.as_bytes()).ok_or(InvalidTime)
    }
}

fn parse(text: &[u8]) -> Option<LocalTime> {
    let marks: [(usize, &[u8]); 5] = [(4, b"-"), (7, b"-"), (10, b"Tt"), (13, b":"), (16, b":")];
    let separated = marks
        .iter()
        .all(|(at, any)| text.get(*at).is_some_and(|byte| any.contains(byte)));
    if !separated {
        return None;
    }
    let time = LocalTime {
        year: i32::from(digits(text.get(..4)?)?),
        month: in_range(text.get(5..7)?, 1, 12)?,
        day: in_range(text.get(8..10)?, 1, 31)?,
        hour: in_range(text.get(11..13)?, 0, 23)?,
        minute: in_range(text.get(14..16)?, 0, 59)?,
        // A leap second.
        second: in_range(text.get(17..19)?, 0, 60)?,
        weekday: 0,
        offset_seconds: offset(without_fraction(text.get(19..)?)?)?,
        zone: String::new(),
    };
    Some(LocalTime {
        weekday: weekday(time.year, time.month, time.day),
        ..time
    })
}

fn without_fraction(rest: &[u8]) -> Option<&[u8]> {
    let Some(fraction) = rest.strip_prefix(b".") else {
        return Some(rest);
    };
    let end = fraction.iter().position(|byte| !byte.is_ascii_digit())?;
    (end > 0).then(|| &fraction[end..])
}

fn offset(text: &[u8]) -> Option<i32> {
    let (sign, rest) = match text {
        b"Z" | b"z" => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let [h, hh, b':', m, mm] = rest else {
        return None;
    };
    let hours = i32::from(in_range(&[*h, *hh], 0, 23)?);
    let minutes = i32::from(in_range(&[*m, *mm], 0, 59)?);
    Some(sign * (hours * 3_600 + minutes * 60))
}

fn in_range(text: &[u8], least: u8, most: u8) -> Option<u8> {
    let number = u8::try_from(digits(text)?).ok()?;
    (least..=most).contains(&number).then_some(number)
}

fn digits(text: &[u8]) -> Option<u16> {
    text.iter().try_fold(0, |number: u16, byte| {
        let digit = byte.is_ascii_digit().then(|| u16::from(byte - b'0'))?;
        Some(number * 10 + digit)
    })
}

/// 1 Monday … 7 Sunday, by Sakamoto's method.
fn weekday(year: i32, month: u8, day: u8) -> u8 {
    const SHIFTS: [i32; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
    let year = if month < 3 { year - 1 } else { year };
    let shift = SHIFTS[usize::from(month - 1)];
    let from_sunday = (year + year / 4 - year / 100 + year / 400 + shift + i32::from(day)) % 7;
    match from_sunday {
        0 => 7,
        day => day.unsigned_abs() as u8,
    }
}
