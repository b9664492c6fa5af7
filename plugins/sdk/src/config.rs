//! The entry's `config` table, from JSON to the author's struct. The host has checked it against the
//! schema before; this finds what only the struct knows, and where.

use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};

use crate::{Failure, Problem};

/// Reads a config, or fails naming the place.
pub fn parse<C: DeserializeOwned>(config: &str) -> Result<C, Failure> {
    read(config).map_err(|problem| {
        Failure::Config(match problem.pointer.as_str() {
            "" => format!("config: {}", problem.message),
            pointer => format!("config {pointer}: {}", problem.message),
        })
    })
}

/// The answer to `check`: what keeps the config from being read, else what the author finds.
pub fn check<C: DeserializeOwned>(
    config: &str,
    author: impl FnOnce(&C) -> Vec<Problem>,
) -> Vec<Problem> {
    match read(config) {
        Ok(config) => author(&config),
        Err(problem) => vec![problem],
    }
}

impl Problem {
    /// `pointer` is a JSON pointer into the config; empty: all of it.
    pub fn at(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            message: message.into(),
        }
    }
}

fn read<C: DeserializeOwned>(config: &str) -> Result<C, Problem> {
    let reader = &mut serde_json::Deserializer::from_str(config);
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let message = error.inner().to_string();
        // The line and column that serde_json adds are of JSON that nobody wrote.
        let message = match message.rfind(" at line ") {
            Some(end) => message[..end].to_owned(),
            None => message,
        };
        Problem::at(pointer(error.path()), message)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Duration;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[serde(rename = "a/b")]
        wait: Vec<Duration>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Config {
        inner: Inner,
    }

    fn found(config: &str) -> Vec<Problem> {
        check::<Config>(config, |config| {
            assert!(!config.inner.wait.is_empty());
            vec![]
        })
    }

    #[test]
    fn a_value_that_cannot_be_read_is_found_by_its_pointer() {
        let problem = &found(r#"{"inner":{"a/b":["1s","soon"]}}"#)[0];
        assert_eq!(problem.pointer, "/inner/a~1b/1");
        assert!(
            problem.message.starts_with("`soon` is no duration"),
            "{}",
            problem.message
        );
        assert!(!problem.message.contains("line"));
    }

    #[test]
    fn a_readable_config_is_the_authors_to_judge() {
        assert_eq!(found(r#"{"inner":{"a/b":["1s"]}}"#), vec![]);
    }

    #[test]
    fn a_failure_names_the_place() {
        let failure = parse::<Config>(r#"{"inner":{"a/b":"1s"}}"#).unwrap_err();
        let Failure::Config(message) = failure else {
            panic!("{failure:?}")
        };
        assert!(
            message.starts_with("config /inner/a~1b: invalid type"),
            "{message}"
        );
    }
}
