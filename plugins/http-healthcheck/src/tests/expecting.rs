//! What a good answer is.

use super::*;

fn judged(response: Result<Response, Error>, expect: Value) -> Option<String> {
    config(json!({"expect": expect}))
        .expect
        .missing(&response.unwrap())
}

#[test]
fn what_is_good() {
    for expect in [
        json!({}),
        json!({"status": 200}),
        json!({"status": [204, 200]}),
        json!({"text": "up\": true"}),
        json!({"header": {"name": "x-COMMIT", "value": "abc1234"}}),
        json!({"json": {"pointer": "/up", "equals": true}}),
        json!({"json": {"pointer": "/n", "equals": 1}}),
        json!({"json": {"pointer": "/list/1/a", "equals": null}}),
    ] {
        let body = r#"{"up": true, "n": 1.0, "list": [0, {"a": null}]}"#;
        assert_eq!(judged(ok(body), expect.clone()), None, "{expect}");
    }
}

#[test]
fn what_is_not() {
    for (response, expect, why) in [
        (status(204, ""), json!({}), "wanted status 200"),
        (
            ok(""),
            json!({"status": [301, 302]}),
            "wanted status 301 or 302",
        ),
        (
            ok("Hello"),
            json!({"text": "hello"}),
            "does not contain `hello`",
        ),
        (
            ok(""),
            json!({"header": {"name": "x-commit", "value": "f"}}),
            "header `x-commit` is `abc1234`, wanted `f`",
        ),
        (
            ok(""),
            json!({"header": {"name": "server", "value": "f"}}),
            "has no header `server`",
        ),
        (
            ok("<html>"),
            json!({"json": {"pointer": "/a", "equals": 1}}),
            "is not JSON",
        ),
        (
            ok("{}"),
            json!({"json": {"pointer": "/a", "equals": 1}}),
            "nothing at `/a`",
        ),
        (
            ok(r#"{"a":"1"}"#),
            json!({"json": {"pointer": "/a", "equals": 1}}),
            "`/a` is \"1\", wanted 1",
        ),
    ] {
        let text = judged(response, expect.clone()).unwrap();
        assert!(text.contains(why), "{text}");
    }
}

#[test]
fn a_redirect_is_shown_with_where_it_leads() {
    let redirect = Response {
        status: 302,
        headers: vec![("Location".into(), "/login".into())],
        body: vec![],
    };
    assert_eq!(
        answer::status(&redirect),
        "status 302, a redirect to /login"
    );
}

#[test]
fn what_strangers_wrote_is_shown_in_80_characters() {
    assert_eq!(answer::excerpt(&"é".repeat(200)).chars().count(), 81);
    assert_eq!(answer::excerpt(" a \n\t b\u{202e}c\u{1b}[31m "), "a bc[31m");
    assert_eq!(
        answer::line(&status(500, " \n").unwrap()),
        "status 500, an empty body"
    );
}
