#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;

fn schema() -> Schema {
    let text = json!({
        "type": "object",
        "properties": {
            "tree": { "type": "string", "x-grant": "git-tree" },
            "url": { "type": "string", "x-grant": "http-read" },
            "services": { "x-grant": "compose-service" },
            "note": { "type": "string" },
        },
    });
    let markers = ["git-tree", "http-read", "compose-service"];
    Schema::parse("test", &text.to_string(), &markers).unwrap()
}

#[test]
fn texts_and_lists_of_texts_are_found_where_they_stand() {
    let config = json!({ "tree": "/srv/a", "services": ["web", "db"], "note": "x" });
    let found = find(&config, &schema()).unwrap();
    let mut found: Vec<_> = found
        .iter()
        .map(|it| (it.marker, it.pointer.as_str(), it.text.as_str()))
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            ("compose-service", "/services/0", "web"),
            ("compose-service", "/services/1", "db"),
            ("git-tree", "/tree", "/srv/a"),
        ]
    );
}

#[test]
fn texts_of_a_table_are_found_with_their_keys() {
    let config = json!({ "services": { "a/b": "web" } });
    let found = find(&config, &schema()).unwrap();
    let [only] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(only.pointer, "/services/a~1b");
    assert_eq!(
        (only.key.as_deref(), only.text.as_str()),
        (Some("a/b"), "web")
    );
}

#[test]
fn what_is_no_text_grants_nothing_and_is_named() {
    for (config, pointer) in [
        (json!({ "services": 1 }), "/services"),
        (json!({ "services": ["web", 2] }), "/services/1"),
        (json!({ "services": { "a": ["web"] } }), "/services/a"),
    ] {
        assert_eq!(find(&config, &schema()).unwrap_err().pointer, pointer);
    }
}

#[test]
fn a_secret_is_an_address_or_nothing_that_grants() {
    let secret = "${secret.x}";
    assert!(find(&json!({ "url": secret }), &schema()).is_ok());
    let fault = find(&json!({ "tree": secret }), &schema()).unwrap_err();
    assert_eq!(fault.pointer, "/tree");
}
