#![allow(clippy::unwrap_used)]

use super::*;
use serde_json::json;

#[test]
fn references_are_found_and_replaced() {
    let config = json!({
        "webhook": "${secret.discord}?thread_id=1", "n": 1, "plain": "$5 {x} $$",
        "list": ["${secret.token}", {"again": "${secret.discord}"}],
    });
    assert_eq!(secrets_named(&config), ["discord", "token"]);
    let expanded = expand(&config, &|name| Some(format!("<{name}>"))).unwrap();
    assert_eq!(
        expanded,
        json!({
            "webhook": "<discord>?thread_id=1", "n": 1, "plain": "$5 {x} $$",
            "list": ["<token>", {"again": "<discord>"}],
        })
    );
}

#[test]
fn what_is_no_reference() {
    for (text, why) in [
        ("${secret.nope}", "there is no secret `nope`"),
        ("${secret.known", "is not closed"),
        ("${HOME}", "only secrets are expanded"),
        ("${}", "only secrets are expanded"),
        ("Bearer ${secret.known}", "may only begin"),
        ("${secret.known}/${secret.known}", "one secret"),
        ("${secret.known}${HOME}", "one secret"),
        ("${secret.}", "there is no secret ``"),
    ] {
        let fault = check(&json!({"a": [text]}), &["known"]).unwrap_err();
        assert!(
            fault.diagnostic.message.contains(why),
            "{text}: {}",
            fault.diagnostic
        );
        assert_eq!(fault.pointer, "/a/0");
    }
}

#[test]
fn a_replacement_is_not_looked_at_again() {
    let once = expand(&json!("${secret.a}"), &|_| {
        Some("${secret.b}${HOME}".into())
    })
    .unwrap();
    assert_eq!(once, json!("${secret.b}${HOME}"));
}
