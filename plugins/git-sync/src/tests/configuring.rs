//! What `check` finds, and what the schema grants.

use deployhost_plugin::{ConfigError, check, describe_step, schema, serde_json};

use crate::Config;

fn errors(config: &serde_json::Value) -> Vec<ConfigError> {
    check::<Config>(&config.to_string(), Config::errors)
}

#[test]
fn the_schema_says_what_is_granted() {
    assert_eq!(
        schema::faults(&schema::of::<Config>()),
        Vec::<String>::new()
    );
    let schema = schema::of::<Config>().to_value();
    for (key, grant) in [
        ("tree", "git-tree"),
        ("remote", "git-remote"),
        ("url", "git-remote"),
        ("ref", "git-ref"),
    ] {
        assert_eq!(schema["properties"][key]["x-grant"], grant);
    }
    assert_eq!(
        schema["required"],
        serde_json::json!(["tree", "remote", "ref"])
    );
}

#[test]
fn it_describes_itself() {
    let description = describe_step::<crate::GitSync>();
    assert_eq!(description.name, "git-sync");
    assert_eq!(description.role, "change");
    assert_eq!(description.recovery, "pin");
}

#[test]
fn what_people_write_is_accepted() {
    for wanted in [
        "main",
        "feature/x",
        "v1.2.3",
        "1a2b3c4",
        "refs/heads/main",
        "é",
    ] {
        let config = serde_json::json!({"tree": "/srv/app", "remote": "origin", "ref": wanted});
        assert_eq!(errors(&config), vec![], "{wanted}");
    }
}

#[test]
fn what_cannot_be_a_ref_is_found_with_its_place() {
    for wanted in [
        "",
        "-x",
        "main~1",
        "a b",
        "a:b",
        "main..dev",
        "@{u}",
        "ma*n",
        "a\nb",
    ] {
        let config = serde_json::json!({"tree": "/srv/app", "remote": "origin", "ref": wanted});
        assert_eq!(errors(&config)[0].pointer, "/ref", "{wanted}");
    }
}

#[test]
fn other_empty_or_option_like_values_are_found() {
    let config =
        serde_json::json!({"tree": "", "remote": "--upload-pack=x", "url": "-", "ref": "main"});
    let pointers: Vec<_> = errors(&config).into_iter().map(|p| p.pointer).collect();
    assert_eq!(pointers, ["/tree", "/remote", "/url"]);
}
