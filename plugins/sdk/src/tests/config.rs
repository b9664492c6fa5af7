//! Reading a config, and finding where it cannot be read.

use serde::Deserialize;

use crate::{ConfigError, Duration, Failure, check, parse};

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

fn errors(config: &str) -> Vec<ConfigError> {
    check::<Config>(config, |config| {
        assert!(!config.inner.wait.is_empty());
        vec![]
    })
}

#[test]
fn a_value_that_cannot_be_read_is_found_by_its_pointer() {
    let error = &errors(r#"{"inner":{"a/b":["1s","soon"]}}"#)[0];
    assert_eq!(error.pointer, "/inner/a~1b/1");
    assert_eq!(error.diagnostic.code, "config.invalid");
    assert!(
        error.message().starts_with("`soon` is no duration"),
        "{}",
        error.message()
    );
    assert!(!error.message().contains("line"));
}

#[test]
fn a_readable_config_is_the_authors_to_judge() {
    assert_eq!(errors(r#"{"inner":{"a/b":["1s"]}}"#), vec![]);
}

#[test]
fn a_failure_names_the_place() {
    let failure = parse::<Config>(r#"{"inner":{"a/b":"1s"}}"#).unwrap_err();
    let Failure::Config(diagnostic) = failure else {
        panic!("{failure:?}")
    };
    assert_eq!(diagnostic.value("pointer"), Some("/inner/a~1b"));
    assert!(
        diagnostic
            .message
            .starts_with("config /inner/a~1b: invalid type"),
        "{diagnostic}"
    );
}

#[test]
fn an_error_can_be_one_of_its_own_kind() {
    let error = ConfigError::at("/url", "is empty")
        .code("fetch.no-url")
        .parameter("key", "url")
        .help("write one");
    assert_eq!(error.diagnostic.code, "fetch.no-url");
    assert_eq!(error.diagnostic.value("key"), Some("url"));
    assert_eq!(error.diagnostic.to_string(), "is empty — write one");
}
