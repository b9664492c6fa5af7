//! Times as people and programs read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// RFC 3339 in UTC, with milliseconds.
pub fn rfc3339(unix_ms: u64) -> String {
    timestamp(unix_ms)
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}

/// Local time to the second.
pub fn local(unix_ms: u64) -> String {
    let local = timestamp(unix_ms).to_zoned(TimeZone::system());
    local.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn timestamp(unix_ms: u64) -> Timestamp {
    let ms = i64::try_from(unix_ms).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}
