//! Which commit an answer proves.

use super::*;

fn quick(witness: Value) -> Value {
    json!({"attempts": 1, "start_period": "0s", "witness": witness})
}

#[test]
fn a_header_a_word_or_a_pointer_verifies() {
    for (witness, body) in [
        (json!({"header": "x-commit"}), "hello"),
        (json!({"text": true}), "<!-- build ABC1234def -->"),
        (json!({"text": true}), ID),
        (
            json!({"pointer": "/build/commit"}),
            r#"{"build":{"commit":"abc1234def"}}"#,
        ),
    ] {
        let receipt = run(vec![ok(body)], quick(witness.clone())).unwrap();
        assert_eq!(receipt.evidence, "verified", "{witness}");
        assert!(
            receipt.summary.contains("and carries abc1234"),
            "{}",
            receipt.summary
        );
    }
}

#[test]
fn another_commit_is_not_yet() {
    for (witness, body, why) in [
        (json!({"header": "x-other"}), "", "no header `x-other`"),
        (
            json!({"text": true}),
            "build abc123",
            "does not carry commit abc1234",
        ),
        (json!({"text": true}), "abc1234ffff", "does not carry"),
        (json!({"text": true}), "xabc1234", "does not carry"),
        (json!({"text": true}), "", "does not carry"),
        (
            json!({"pointer": "/c"}),
            r#"{"c":"fff0000"}"#,
            "answers with commit fff0000, wanted abc1234",
        ),
        (
            json!({"pointer": "/c"}),
            r#"{"c":"abc123"}"#,
            "answers with commit abc123, wanted",
        ),
        (
            json!({"pointer": "/c"}),
            r#"{"c":"abc1234-dirty"}"#,
            "wanted abc1234",
        ),
        (json!({"pointer": "/c"}), r#"{"c":7}"#, "no text at `/c`"),
        (json!({"pointer": "/c"}), "not json", "no text at `/c`"),
    ] {
        let text = permanent(run(vec![ok(body)], quick(witness)));
        assert!(text.lines().next().unwrap().contains(why), "{text}");
        assert!(
            text.contains("\nwanted: status 200, commit abc1234, 2 times"),
            "{text}"
        );
    }
}

#[test]
fn the_old_service_that_still_answers_is_waited_out() {
    let old = || ok(r#"{"c":"0000000"}"#);
    let answers = vec![old(), old(), old(), ok(r#"{"c":"abc1234"}"#)];
    let receipt = run(answers, json!({"witness": {"pointer": "/c"}})).unwrap();
    assert_eq!(receipt.evidence, "verified");
}

#[test]
fn on_the_way_back_to_what_was_found_the_witness_is_welcome_only() {
    let back = Context {
        details: vec![("found-in-place".into(), "true".into())],
        ..deployed()
    };
    let seen = |body| {
        let config = config(quick(json!({"text": true})));
        wait_until_healthy(&fake(vec![ok(body)]), &back, &config).unwrap()
    };
    assert_eq!(seen("abc1234").evidence, "verified");
    assert_eq!(seen("nothing").evidence, "answering");
    assert!(seen("nothing").summary.contains("does not tell abc1234"));
}

#[test]
fn without_a_commit_or_a_witness_nothing_is_verified() {
    let unknown = Context::default();
    let with = config(quick(json!({"text": true})));
    assert_eq!(
        wait_until_healthy(&fake(vec![ok(ID)]), &unknown, &with)
            .unwrap()
            .evidence,
        "answering"
    );
    assert_eq!(run(vec![ok(ID)], json!({})).unwrap().evidence, "answering");
}
