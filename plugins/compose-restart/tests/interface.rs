//! What the host and plan authors see: the schema, the defaults, what `check` finds.

use compose_restart::ComposeRestart;
use compose_restart::config::{Config, Pull};
use deployhost_plugin::serde_json::{self, Value, json};
use deployhost_plugin::{Duration, Step, describe_step, schema};

fn read(config: Value) -> Config {
    serde_json::from_value(config).unwrap()
}

#[test]
fn the_description() {
    let description = describe_step::<ComposeRestart>();
    assert_eq!(description.name, "compose-restart");
    assert_eq!(
        (description.role.as_str(), description.recovery.as_str()),
        ("change", "pin")
    );
    assert_eq!(
        schema::faults(&schema::of::<Config>()),
        Vec::<String>::new()
    );
    let schema: Value = serde_json::from_str(&description.config_schema).unwrap();
    assert_eq!(schema["required"], json!(["file"]));
    let grant = |key: &str| schema["properties"][key]["x-grant"].clone();
    assert_eq!(grant("file"), "compose-file");
    assert_eq!(grant("project"), "compose-project");
    assert_eq!(grant("services"), "compose-service");
    assert_eq!(grant("oneshot"), Value::Null);
    assert_eq!(
        schema["properties"]["file"]["type"],
        json!(["string", "array"])
    );
}

#[test]
fn a_file_is_all_that_is_needed() {
    let config = read(json!({"file": "compose.yml"}));
    assert_eq!(config.file.0, ["compose.yml"]);
    assert_eq!((config.pull, config.services), (Pull::Missing, None));
    assert_eq!(config.start_timeout, Duration::from_secs(120));
    assert_eq!(config.stop_timeout, Duration::from_secs(10));
    assert_eq!(
        read(json!({"file": ["a.yml", "b.yml"]})).file.0,
        ["a.yml", "b.yml"]
    );
}

#[test]
fn what_cannot_be_read() {
    for config in [
        json!({}),
        json!({"file": 1}),
        json!({"file": "a", "service": ["b"]}),
        json!({"file": "a", "pull": "sometimes"}),
        json!({"file": "a", "start_timeout": 30}),
    ] {
        assert!(
            serde_json::from_value::<Config>(config.clone()).is_err(),
            "{config}"
        );
    }
}

#[test]
fn what_check_finds() {
    for (config, pointer) in [
        (json!({"file": []}), "/file"),
        (json!({"file": "a", "services": []}), "/services"),
        (json!({"file": "a", "services": ["b", "b"]}), "/services/1"),
        (
            json!({"file": "a", "services": ["b"], "oneshot": ["c"]}),
            "/oneshot/0",
        ),
        (
            json!({"file": "a", "services": ["b"], "follow": {"b": ["c"]}}),
            "/follow/b",
        ),
        (
            json!({"file": "a", "services": ["b"], "follow": {"c/d": ["b"]}}),
            "/follow/c~1d",
        ),
        (
            json!({"file": "a", "start_timeout": "1s"}),
            "/start_timeout",
        ),
    ] {
        let errors = ComposeRestart::check(&read(config.clone()));
        let found: Vec<&str> = errors.iter().map(|it| it.pointer.as_str()).collect();
        assert_eq!(found, [pointer], "{config}");
    }
    assert_eq!(
        ComposeRestart::check(&read(json!({"file": "a", "oneshot": ["c"]}))),
        []
    );
}
