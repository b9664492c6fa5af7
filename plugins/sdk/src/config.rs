//! The entry's `config` table, from JSON to the author's struct. The host has checked it against the
//! schema before; this finds what only the struct knows, and where.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use crate::{ConfigError, Failure, config_error};

/// Why a config cannot be read, and where.
struct Unreadable {
    pointer: String,
    message: String,
}

/// Reads a config, or fails naming the place.
pub fn parse<C: DeserializeOwned>(config: &str) -> Result<C, Failure> {
    read(config).map_err(|Unreadable { pointer, message }| {
        let failure = Failure::config(config_error::INVALID, message);
        match pointer.as_str() {
            "" => failure.while_doing("config"),
            place => failure
                .while_doing(format!("config {place}"))
                .parameter("pointer", place),
        }
    })
}

/// The answer to `check`: what keeps the config from being read, else what the author finds.
pub fn check<C: DeserializeOwned>(
    config: &str,
    author: impl FnOnce(&C) -> Vec<ConfigError>,
) -> Vec<ConfigError> {
    match read(config) {
        Ok(config) => author(&config),
        Err(Unreadable { pointer, message }) => vec![ConfigError::at(pointer, message)],
    }
}

fn read<C: DeserializeOwned>(config: &str) -> Result<C, Unreadable> {
    // Through a value, since a line and column would be of JSON that nobody wrote.
    let value: Value = serde_json::from_str(config).map_err(|error| Unreadable {
        pointer: String::new(),
        message: error.to_string(),
    })?;
    serde_path_to_error::deserialize(value).map_err(|error| Unreadable {
        pointer: pointer(error.path()),
        message: error.inner().to_string(),
    })
}

fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        let token = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => key.replace('~', "~0").replace('/', "~1"),
            Segment::Enum { .. } | Segment::Unknown => continue,
        };
        pointer.push('/');
        pointer.push_str(&token);
    }
    pointer
}
