#![allow(clippy::unwrap_used)]

use super::*;
use serde_json::json;

const PLAN: &str = r#"
version = 1
name = "app"
environment = "production"
[secrets]
hook = { env = "HOOK", kind = "url", origin = "https://example.com" }
[[step]]
name = "code"
plugin = "own"
config = { ref = "main", n = 1, deep = { er = [1, 2] } }
[[notify]]
plugin = "hook"
"#;

fn plan() -> Plan {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.toml");
    std::fs::write(&file, PLAN).unwrap();
    Plan::load(&file).unwrap()
}

fn schema() -> Schema {
    let text = json!({ "type": "object", "properties": {
        "deep": { "type": "object", "properties": { "er": {}, "ref": { "type": "string" } } },
        "n": { "type": "integer" },
        "ref": { "type": "string" },
        "some": { "type": ["string", "array"] },
    }});
    Schema::parse("own", &text.to_string(), &["git-tree", "git-ref"]).unwrap()
}

#[test]
fn a_value_is_read_as_what_the_schema_wants() {
    let schema = schema();
    for (assignment, pointer, value) in [
        ("code.ref=1234567", "/ref", json!("1234567")),
        ("code.ref=12e4567", "/ref", json!("12e4567")),
        ("code.ref=\"main\"", "/ref", json!("\"main\"")),
        ("code.ref=a=b", "/ref", json!("a=b")),
        ("code.ref=", "/ref", json!("")),
        ("code.n=7", "/n", json!(7)),
        ("code.n=seven", "/n", json!("seven")),
        ("code.deep.er=[\"a\"]", "/deep/er", json!(["a"])),
        ("code.deep.ref=7", "/deep/ref", json!("7")),
        ("code.some=7", "/some", json!("7")),
        ("code.some=[\"a\"]", "/some", json!(["a"])),
    ] {
        let mut plan = plan();
        plan.set(assignment, |_| Some(&schema)).unwrap();
        assert_eq!(
            plan.steps[0].config.pointer(pointer),
            Some(&value),
            "{assignment}"
        );
        assert!(
            plan.to_resolved_json().unwrap()["steps"][0]["config"].pointer(pointer) == Some(&value)
        );
    }
}

#[test]
fn without_a_schema_any_key_can_be_set() {
    let mut plan = plan();
    plan.set("hook.new.table=true", |_| None).unwrap();
    assert_eq!(
        plan.notifiers[0].config,
        json!({ "new": { "table": true } })
    );
}

#[test]
fn what_is_wrong_is_the_arguments_fault() {
    let schema = schema();
    for (assignment, line) in [
        (
            "cod.ref=x",
            "there is no step or notifier `cod` — --set cod.ref — did you mean `code`?",
        ),
        (
            "code.rfe=x",
            "unknown key `rfe` — --set code.rfe — did you mean `ref`?",
        ),
        (
            "code.deep.err=x",
            "unknown key `err` — --set code.deep.err — did you mean `er`?",
        ),
        (
            "code..=x",
            "unknown key `` — --set code.. — it can be `deep`, `n`, `ref`, `some`",
        ),
        (
            "code.n.x=1",
            "`n` is no table, so it has no `x` — --set code.n.x — give the value as a whole, such as '[\"a\", \"b\"]'",
        ),
        (
            "code",
            "there is no `=` — --set code — write --set STEP.KEY=VALUE, such as --set code.ref=main",
        ),
        (
            "code=x",
            "there is no key — --set code — write --set STEP.KEY=VALUE, such as --set code.ref=main",
        ),
        (
            "code.ref=\u{1b}[2J",
            "the character \\u001B may not be in a plan's text — --set code.ref — remove it",
        ),
        (
            "code.ref=${secret.hok}",
            "config.ref: there is no secret `hok` — --set code.ref — did you mean `hook`?",
        ),
    ] {
        let diagnostic = plan().set(assignment, |_| Some(&schema)).unwrap_err();
        assert_eq!(diagnostic.to_string(), line);
    }
    let secret = "code.ref=https://discord.com/api/webhooks/1/hunter22";
    let said = plan()
        .set(secret, |_| Some(&schema))
        .unwrap_err()
        .to_string();
    assert!(
        said.contains("a secret") && !said.contains("hunter22"),
        "{said}"
    );
}

#[test]
fn what_was_set_is_checked_like_the_plan() {
    let schema = schema();
    let mut plan = plan();
    plan.set("code.n=seven", |_| Some(&schema)).unwrap();
    let diagnostic = plan.steps[0].check(&schema, &plan.secrets).unwrap_err();
    assert_eq!(
        diagnostic.to_string(),
        "config.n: wanted a whole number, found text — --set code.n"
    );
    plan.set("code.some=7.5", |_| None).unwrap();
    let diagnostic = plan.steps[0].check(&schema, &plan.secrets).unwrap_err();
    assert_eq!(diagnostic.notes.len(), 1, "{diagnostic:?}");
}
