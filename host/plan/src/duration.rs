//! Lengths of time as a plan says them: `"30s"`.

use std::time::Duration;

use deployhost_policy::Diagnostic;
use deployhost_policy::display::display;

const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// How plugins' schemas say that a text is a duration.
pub const PATTERN: &str = "^[0-9]+(ms|s|m|h)$";

/// What a duration is, for people.
pub const WANTED: &str =
    "a duration: a whole number and a unit, ms, s, m or h, from 0s to 24h, such as \"30s\"";

/// The same of a plan's own durations.
pub const PLANS: &str =
    "a duration: a whole number and a unit, ms, s, m or h, from 1s to 24h, such as \"15m\"";

/// From one second to a day.
pub fn parse(text: &str) -> Result<Duration, Diagnostic> {
    let refused = || {
        Diagnostic::new(
            "plan.duration",
            format!("`{}` is no duration", display(text)),
        )
        .help("write a whole number and a unit, ms, s, m or h, from 1s to 24h, such as \"30s\"")
    };
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let (_, ms) = UNITS
        .into_iter()
        .find(|(name, _)| *name == unit)
        .ok_or_else(refused)?;
    let total = number.parse::<u64>().ok().and_then(|n| n.checked_mul(ms));
    match total {
        Some(total @ 1_000..=86_400_000) => Ok(Duration::from_millis(total)),
        _ => Err(refused()),
    }
}

/// In the largest unit that is exact; below a millisecond is lost.
pub fn text(duration: Duration) -> String {
    let total = duration.as_millis();
    UNITS
        .into_iter()
        .find(|&(_, ms)| total != 0 && total.is_multiple_of(u128::from(ms)))
        .map_or_else(
            || "0s".to_owned(),
            |(unit, ms)| format!("{}{unit}", total / u128::from(ms)),
        )
}

/// For serde: a duration that is always there.
pub mod required {
    use super::{Duration, parse, text};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&text(*duration))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(from)?;
        parse(&text).map_err(|diagnostic| D::Error::custom(diagnostic.message))
    }
}

/// For serde: a duration that may be left out.
pub mod optional {
    use super::{Duration, parse, text};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub fn serialize<S: Serializer>(duration: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
        duration.map(text).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
        Option::<String>::deserialize(from)?
            .map(|text| parse(&text))
            .transpose()
            .map_err(|diagnostic| D::Error::custom(diagnostic.message))
    }
}

#[cfg(test)]
mod tests;
