//! What a plugin says of itself is its first call, and held like every other.

use deployhost_plan::Schema;

use super::yard::{bytes, load};

/// The zoo with another `describe`.
fn describing(manner: &str) -> Vec<u8> {
    in_manner(bytes().to_vec(), manner)
}

/// Has the zoo describe itself in another manner, such as `loops`; `honest` is its own.
pub fn in_manner(mut wasm: Vec<u8>, manner: &str) -> Vec<u8> {
    let honest = b"zoo describes: honest   ";
    let places: Vec<usize> = wasm
        .windows(honest.len())
        .enumerate()
        .filter(|(_, window)| window == honest)
        .map(|(at, _)| at)
        .collect();
    assert_eq!(places.len(), 1, "where the manner is written");
    let at = places[0] + 15;
    wasm[at..at + 9].copy_from_slice(format!("{manner:9}").as_bytes());
    wasm
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
    let plugin = load(&describing("noschema")).unwrap();
    let refused = Schema::parse("zoo", &plugin.description.config_schema).err();
    assert!(refused.is_some());
    let plugin = load(&describing("honest")).unwrap();
    assert!(Schema::parse("zoo", &plugin.description.config_schema).is_ok());
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
