//! What `check` finds, and what the schema grants.

use super::*;
use deployhost_plugin::{check, describe_step, schema};

fn errors(more: Value) -> Vec<ConfigError> {
    let mut config = json!({"url": "https://example.org/"});
    config
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    check::<Config>(&config.to_string(), Config::errors)
}

#[test]
fn the_schema_is_one_that_the_host_can_explain() {
    assert_eq!(
        schema::faults(&schema::of::<Config>()),
        Vec::<String>::new()
    );
    let schema = schema::of::<Config>().to_value();
    assert_eq!(schema["properties"]["url"]["x-grant"], "http-read");
    assert_eq!(schema["properties"]["start_period"]["default"], "30s");
    assert_eq!(schema["properties"]["attempts"]["maximum"], 100);
    let description = describe_step::<crate::HttpHealthcheck>();
    assert_eq!(
        (description.role.as_str(), description.recovery.as_str()),
        ("verify", "none")
    );
}

#[test]
fn defaults_are_fine() {
    assert_eq!(errors(json!({})), vec![]);
    let config = config(json!({}));
    assert_eq!(config.expect.status.0, [200]);
    assert_eq!((config.attempts, config.consecutive), (10, 2));
}

#[test]
fn each_rule_has_its_place() {
    for (more, pointer) in [
        (json!({"url": "example.org"}), "/url"),
        (json!({"url": "https://a b"}), "/url"),
        (json!({"attempts": 0}), "/attempts"),
        (json!({"attempts": 101}), "/attempts"),
        (json!({"consecutive": 0}), "/consecutive"),
        (json!({"interval": "99ms"}), "/interval"),
        (json!({"interval": "5"}), "/interval"),
        (json!({"timeout": "0s"}), "/timeout"),
        (json!({"timeout": "61s"}), "/timeout"),
        (json!({"expect": {"status": 99}}), "/expect/status"),
        (json!({"expect": {"status": []}}), "/expect/status"),
        (json!({"expect": {"status": "ok"}}), "/expect/status"),
        (json!({"expect": {"text": ""}}), "/expect/text"),
        (
            json!({"expect": {"text": "x".repeat(4097)}}),
            "/expect/text",
        ),
        (
            json!({"expect": {"header": {"name": "a b", "value": ""}}}),
            "/expect/header/name",
        ),
        (
            json!({"expect": {"json": {"pointer": "a", "equals": 1}}}),
            "/expect/json/pointer",
        ),
        (json!({"witness": {}}), "/witness"),
        (
            json!({"witness": {"text": true, "header": "x"}}),
            "/witness",
        ),
        (json!({"witness": {"text": false}}), "/witness/text"),
        (json!({"witness": {"header": ""}}), "/witness/header"),
        (
            json!({"witness": {"pointer": "commit"}}),
            "/witness/pointer",
        ),
    ] {
        let found = errors(more.clone());
        assert_eq!(
            found.first().map(|p| p.pointer.as_str()),
            Some(pointer),
            "{more}"
        );
    }
}
