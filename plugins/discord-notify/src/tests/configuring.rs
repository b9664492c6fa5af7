//! What `check` finds, and what the schema grants.

use deployhost_plugin::serde_json::{Value, json};
use deployhost_plugin::{ConfigError, check, describe_notifier, schema};

use super::{Config, HOOK};

fn errors(config: Value) -> Vec<ConfigError> {
    check::<Config>(&config.to_string(), Config::errors)
}

#[test]
fn the_schema_grants_the_webhook() {
    assert_eq!(
        schema::faults(&schema::of::<Config>()),
        Vec::<String>::new()
    );
    let schema = schema::of::<Config>().to_value();
    assert_eq!(schema["properties"]["webhook"]["x-grant"], "http-write");
    let about = schema["properties"]["messages"]["description"].as_str();
    for name in crate::event_values::NAMES {
        assert!(about.unwrap().contains(&format!(" {{{name}}}")), "{name}");
    }
    let description = describe_notifier::<crate::DiscordNotify>();
    assert_eq!(
        (description.role.as_str(), description.recovery.as_str()),
        ("notify", "none")
    );
}

#[test]
fn each_rule_has_its_place_and_quotes_no_webhook() {
    assert_eq!(
        errors(json!({"webhook": HOOK, "username": "Deploys"})),
        vec![]
    );
    for (config, pointer) in [
        (json!({"webhook": "discord.com/s-0123"}), "/webhook"),
        (
            json!({"webhook": "https://discord.com/s-0123 x"}),
            "/webhook",
        ),
        (
            json!({"webhook": "https://discord.com/s-0123#x"}),
            "/webhook",
        ),
        (json!({"webhook": HOOK, "username": " "}), "/username"),
        (
            json!({"webhook": HOOK, "username": "x".repeat(81)}),
            "/username",
        ),
        (
            json!({"webhook": HOOK, "username": "My DisCord bot"}),
            "/username",
        ),
        (json!({"webhook": HOOK, "language": "de"}), "/language"),
        (json!({"webhook": HOOK, "mode": "embed"}), "/mode"),
        (
            json!({"webhook": HOOK, "messages": {"failed": "{comit}"}}),
            "/messages/failed",
        ),
        (
            json!({"webhook": HOOK, "messages": {"rolled-back": "{commit"}}),
            "/messages/rolled-back",
        ),
        (
            json!({"webhook": HOOK, "messages": {"started": format!("see {HOOK}")}}),
            "/messages/started",
        ),
        (
            json!({"webhook": HOOK, "messages": {"progress": "{steps}"}}),
            "/messages/progress",
        ),
        (
            json!({"webhook": HOOK, "messages": {"a/b~c": "x"}}),
            "/messages/a~1b~0c",
        ),
    ] {
        let found = errors(config.clone());
        assert_eq!(found[0].pointer, pointer, "{config}");
        assert!(!found[0].message().contains("s-0123"));
    }
}

#[test]
fn a_kind_that_does_not_exist_is_refused_with_the_nearest() {
    let found = errors(json!({"webhook": HOOK, "messages": {"suceeded": "{commit}"}}));
    let nearest = "is no kind of event: did you mean `succeeded`?";
    assert_eq!(
        found,
        vec![
            ConfigError::at("/messages/suceeded", nearest)
                .code("discord-notify.unknown-kind")
                .parameter("kind", "suceeded")
        ]
    );
}

#[test]
fn texts_for_every_kind_are_taken() {
    let messages: Value = super::KINDS
        .map(|kind| (kind, "{commit}"))
        .into_iter()
        .collect();
    let config = json!({"webhook": HOOK, "language": "fr", "mode": "edit", "messages": messages});
    assert_eq!(errors(config), vec![]);
}
