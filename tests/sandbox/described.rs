//! What a plugin says of itself is its first call, and held like every other.

use deployhost_plan::Schema;
use deployhost_policy::Role;
use deployhost_runtime::capabilities::markers;
use deployhost_runtime::sandbox::Plugin;

use super::plugin_harness::{bytes, load};
use crate::support::guest::Guest;
use crate::support::misbehaving_plugin::set_manner;

/// The misbehaving plugin with another `describe`.
fn describing(manner: &str) -> Vec<u8> {
    set_manner(bytes().to_vec(), manner)
}

#[test]
fn a_plugin_that_cannot_describe_itself_is_none() {
    for (manner, why) in [
        (
            "loops",
            "it cannot describe itself: it computed for over 1 s and was stopped",
        ),
        ("traps", "it cannot describe itself: it crashed: "),
        ("grows", "it cannot describe itself: it asked for "),
        (
            "role",
            "its role is \"emperor\", wanted gate, change, verify",
        ),
        (
            "recovery",
            "its recovery is \"prayer\", wanted pin, undo or none",
        ),
        (
            "huge",
            "it cannot describe itself: the sandbox ended it: it returned ",
        ),
    ] {
        let refused = load(&describing(manner)).err().unwrap();
        assert!(refused.contains(why), "{manner}: {refused}");
        assert!(refused.contains(" — "), "says what to do: {refused}");
    }
}

#[test]
fn a_schema_is_one() {
    let parse = |plugin: &Plugin| {
        let text = &plugin.description.config_schema;
        Schema::parse("misbehaving", text, &markers())
    };
    assert!(parse(&load(&describing("noschema")).unwrap()).is_err());
    assert!(parse(&load(&describing("honest")).unwrap()).is_ok());
}

#[test]
fn nothing_is_read_for_a_description() {
    let plugin = load(&describing("asks")).unwrap();
    assert_eq!(
        plugin.description.summary,
        "Error::Denied(\"nothing may be read while a plugin is described or checked\")"
    );
    // It asks for what it calls, and for nothing else; `run` is only types.
    let mut asks = plugin.capabilities.clone();
    asks.sort();
    assert_eq!(
        asks,
        ["clock", "containers", "http", "log", "progress", "run"]
    );
}

#[test]
fn a_description_has_no_control_characters() {
    let plugin = load(&describing("escapes")).unwrap();
    assert!(!plugin.description.summary.contains('\u{1b}'));
}

#[test]
fn a_guest_is_a_plugin_with_the_imports_that_it_was_given() {
    let guest = Guest {
        asks: vec!["git".into(), "clock".into()],
        role: "gate".into(),
        ..Guest::default()
    };
    let plugin = load(&guest.component()).unwrap();
    assert_eq!(plugin.capabilities, ["run", "git", "clock"]);
    assert_eq!(plugin.description.role, Some(Role::Gate));
    assert_eq!(plugin.description.role_word(), "gate");
}
