#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::super::SecretKind;
use super::*;
use crate::http::Origin;

const CANARY: &str = r#"c4n@ry/"Se<cr>et"&'é+ 1\z"#;

/// By other people's encoders (Python's), at the three shifts of base64 and inside longer texts.
const ENCODINGS: &[(&str, &str)] = &[
    ("plain", r##"c4n@ry/"Se<cr>et"&'é+ 1\z"##),
    ("reversed", r##"z\1 +é'&"te>rc<eS"/yr@n4c"##),
    (
        "hex",
        r##"63346e4072792f2253653c63723e6574222627c3a92b20315c7a"##,
    ),
    (
        "HEX",
        r##"63346E4072792F2253653C63723E6574222627C3A92B20315C7A"##,
    ),
    (
        "quote",
        r##"c4n%40ry%2F%22Se%3Ccr%3Eet%22%26%27%C3%A9%2B%201%5Cz"##,
    ),
    (
        "quote lower",
        r##"c4n%40ry%2f%22Se%3ccr%3eet%22%26%27%c3%a9%2b%201%5cz"##,
    ),
    (
        "quote_plus",
        r##"c4n%40ry%2F%22Se%3Ccr%3Eet%22%26%27%C3%A9%2B+1%5Cz"##,
    ),
    (
        "encodeURIComponent",
        r##"c4n%40ry%2F%22Se%3Ccr%3Eet%22%26'%C3%A9%2B%201%5Cz"##,
    ),
    ("json", r##"c4n@ry/\"Se<cr>et\"&'é+ 1\\z"##),
    ("json ascii", r##"c4n@ry/\"Se<cr>et\"&'\u00e9+ 1\\z"##),
    ("json php", r##"c4n@ry\/\"Se<cr>et\"&'\u00e9+ 1\\z"##),
    (
        "json go",
        r##"c4n@ry/\"Se\u003ccr\u003eet\"\u0026'é+ 1\\z"##,
    ),
    (
        "html",
        r##"c4n@ry/&quot;Se&lt;cr&gt;et&quot;&amp;&#x27;é+ 1\z"##,
    ),
    (
        "html numeric",
        r##"c4n@ry/&#34;Se&lt;cr&gt;et&#34;&amp;&#39;é+ 1\z"##,
    ),
    ("html text", r##"c4n@ry/"Se&lt;cr&gt;et"&amp;'é+ 1\z"##),
    (
        "json of json",
        r##"c4n@ry/\\\"Se<cr>et\\\"&'\\u00e9+ 1\\\\z"##,
    ),
    (
        "html ascii",
        r##"c4n@ry/&quot;Se&lt;cr&gt;et&quot;&amp;&#x27;&#233;+ 1\z"##,
    ),
    (
        "html with slashes",
        r##"c4n@ry&#x2F;&quot;Se&lt;cr&gt;et&quot;&amp;&#x27;é+ 1\z"##,
    ),
    ("base64 std 0", r##"YzRuQHJ5LyJTZTxjcj5ldCImJ8OpKyAxXHo="##),
    (
        "base64 std 0 inside",
        r##"YzRuQHJ5LyJTZTxjcj5ldCImJ8OpKyAxXHosIG1vcmUgdGV4dA=="##,
    ),
    ("base64 url 0", r##"YzRuQHJ5LyJTZTxjcj5ldCImJ8OpKyAxXHo="##),
    (
        "base64 url 0 inside",
        r##"YzRuQHJ5LyJTZTxjcj5ldCImJ8OpKyAxXHosIG1vcmUgdGV4dA=="##,
    ),
    ("base64 std 1", r##"dWM0bkByeS8iU2U8Y3I+ZXQiJifDqSsgMVx6"##),
    (
        "base64 std 1 inside",
        r##"YWM0bkByeS8iU2U8Y3I+ZXQiJifDqSsgMVx6LCBtb3JlIHRleHQ="##,
    ),
    ("base64 url 1", r##"dWM0bkByeS8iU2U8Y3I-ZXQiJifDqSsgMVx6"##),
    (
        "base64 url 1 inside",
        r##"YWM0bkByeS8iU2U8Y3I-ZXQiJifDqSsgMVx6LCBtb3JlIHRleHQ="##,
    ),
    (
        "base64 std 2",
        r##"dXNjNG5AcnkvIlNlPGNyPmV0IiYnw6krIDFceg=="##,
    ),
    (
        "base64 std 2 inside",
        r##"YWJjNG5AcnkvIlNlPGNyPmV0IiYnw6krIDFceiwgbW9yZSB0ZXh0"##,
    ),
    (
        "base64 url 2",
        r##"dXNjNG5AcnkvIlNlPGNyPmV0IiYnw6krIDFceg=="##,
    ),
    (
        "base64 url 2 inside",
        r##"YWJjNG5AcnkvIlNlPGNyPmV0IiYnw6krIDFceiwgbW9yZSB0ZXh0"##,
    ),
];

fn secret(name: &str, kind: SecretKind, origin: &str, value: &str) -> Arc<Secret> {
    Arc::new(Secret::new(name, kind, Origin::parse(origin).unwrap(), value).unwrap())
}

fn token(value: &str) -> Vec<Arc<Secret>> {
    vec![secret(
        "canary",
        SecretKind::Token,
        "https://a.example",
        value,
    )]
}

/// Does `text` still hold four characters in a row of `encoding`?
fn leaks(text: &str, encoding: &[char]) -> bool {
    encoding
        .windows(4)
        .any(|piece| text.contains(&piece.iter().collect::<String>()))
}

#[test]
fn every_encoding_of_a_canary_is_replaced() {
    let redactor = Redactor::new(&token(CANARY)).unwrap();
    for (encoder, encoding) in ENCODINGS {
        let text = format!("before {encoding} after");
        let redacted = redactor.redact(&text);
        assert!(
            redacted.contains("[secret canary]"),
            "{encoder}: {redacted}"
        );
        assert!(
            redacted.starts_with("before ") && redacted.ends_with(" after"),
            "{encoder}"
        );
        // In base64, neighbours share characters with the secret's first and last bytes.
        let all: Vec<char> = encoding.chars().collect();
        let core = match encoder.strip_prefix("base64") {
            Some(_) => &all[4..CANARY.len() * 4 / 3 - 2],
            None => &all[..],
        };
        assert!(!leaks(&redacted, core), "{encoder}: {redacted}");
        let bytes = redactor.redact_bytes(text.as_bytes());
        assert_eq!(bytes, redacted.as_bytes(), "{encoder}");
    }
}

#[test]
fn letter_case_hides_nothing() {
    let redactor = Redactor::new(&token("Token-Of-Mine-01")).unwrap();
    for text in ["token-of-mine-01", "TOKEN-OF-MINE-01", "Token-Of-Mine-01"] {
        assert_eq!(redactor.redact(text), "[secret canary]");
    }
}

#[test]
fn other_texts_are_borrowed() {
    let redactor = Redactor::new(&token(CANARY)).unwrap();
    for text in [
        "",
        "c4n@ry",
        "nothing to see: é, \u{202e}, {}",
        "[secret canary]",
    ] {
        assert!(
            matches!(redactor.redact(text), Cow::Borrowed(same) if same == text),
            "{text}"
        );
    }
    let none = Redactor::new(&[]).unwrap();
    assert_eq!(none.redact(CANARY), CANARY);
    assert_eq!(none.redact_bytes(&[0xff, 0]).as_ref(), [0xff, 0]);
}

#[test]
fn placeholders_are_for_plugins_not_for_people() {
    let secrets = [
        secret(
            "hook",
            SecretKind::Url,
            "https://a.example",
            "https://a.example/h/0123456789",
        ),
        secret(
            "token",
            SecretKind::Token,
            "https://a.example",
            "0123456789-token",
        ),
    ];
    let text = format!(
        "{}/messages/1 Bearer {}",
        secrets[0].placeholder(),
        secrets[1].placeholder()
    );
    let for_people = Redactor::new(&secrets).unwrap();
    assert_eq!(
        for_people.redact(&text),
        "[secret hook]/messages/1 Bearer [secret token]"
    );
    assert_eq!(for_people.redact(&secrets[0].marker), "[secret hook]");
    let for_plugins = Redactor::of_values(&secrets).unwrap();
    assert_eq!(for_plugins.redact(&text), text);
}

#[test]
fn a_url_is_hidden_whole_and_in_parts() {
    let value = "https://hooks.example/api/webhooks/1/TOKEN-01/slack?thread=1&key=qu%C3%A9ry-01";
    let secrets = [secret(
        "hook",
        SecretKind::Url,
        "https://hooks.example",
        value,
    )];
    let redactor = Redactor::new(&secrets).unwrap();
    for (text, shown) in [
        (value, "[secret hook]"),
        (
            "GET /api/webhooks/1/TOKEN-01/slack HTTP/1.1",
            "GET [secret hook] HTTP/1.1",
        ),
        ("{\"token\":\"TOKEN-01\"}", "{\"token\":\"[secret hook]\"}"),
        (
            "https:\\/\\/hooks.example\\/api\\/webhooks\\/1\\/TOKEN-01",
            "https:\\/\\/hooks.example\\/api\\/webhooks\\/1\\/[secret hook]",
        ),
        ("key=qu%C3%A9ry-01", "key=[secret hook]"),
        ("quéry-01", "[secret hook]"),
        (
            "https://hooks.example/api/other",
            "https://hooks.example/api/other",
        ),
    ] {
        assert_eq!(redactor.redact(text), shown, "{text}");
    }
}

#[test]
fn a_url_is_hidden_as_its_server_reads_it() {
    let value = "https://hooks.example/api/t%C3%B6k%2F%22en%22-1";
    let secrets = [secret(
        "hook",
        SecretKind::Url,
        "https://hooks.example",
        value,
    )];
    let redactor = Redactor::new(&secrets).unwrap();
    for text in [
        "tök/\"en\"-1",
        "t\\u00f6k/\\\"en\\\"-1",
        "/api/tök/\"en\"-1",
    ] {
        assert_eq!(redactor.redact(text), "[secret hook]", "{text}");
    }
}

/// Control characters are taken out of what people see before secrets are.
#[test]
fn a_secret_is_known_without_its_control_characters() {
    let redactor = Redactor::new(&token("one\ttwo\u{1b}three")).unwrap();
    for text in [
        "one\ttwo\u{1b}three",
        "one two three",
        "one\ttwo\\u{1b}three",
    ] {
        assert_eq!(redactor.redact(text), "[secret canary]", "{text}");
    }
}

#[test]
fn secrets_that_overlap_leave_no_end_behind() {
    let secrets = ["first-middle", "middle-last", "middle-of"]
        .map(|value| secret(&value[..5], SecretKind::Token, "https://a.example", value));
    let redactor = Redactor::new(&secrets).unwrap();
    for (text, shown) in [
        ("<first-middle-last>", "<[secret first]>"),
        (
            "<first-middlemiddle-last>",
            "<[secret first][secret middl]>",
        ),
        ("<first-middl", "<first-middl"),
    ] {
        assert_eq!(redactor.redact(text), shown, "{text}");
    }
}

#[test]
fn lines_of_a_secret_are_hidden_one_by_one() {
    let key = "-----BEGIN KEY-----\r\nabcdefgh12345678\r\nshort\r\n  ijklmnop90123456\r\n";
    let redactor = Redactor::new(&token(key)).unwrap();
    for (text, shown) in [
        ("> abcdefgh12345678 <", "> [secret canary] <"),
        ("ijklmnop90123456", "[secret canary]"),
        ("short", "short"),
        (
            &key.replace("\r\n", "\n"),
            "[secret canary]\n[secret canary]\nshort\n  [secret canary]\n",
        ),
        (key.trim_end(), "[secret canary]"),
    ] {
        assert_eq!(redactor.redact(text), shown, "{text}");
    }
}

#[test]
fn the_shortest_and_the_longest_secret_are_found() {
    let short = "x".repeat(SHORTEST - 1) + "y";
    let redactor = Redactor::new(&token(&short)).unwrap();
    assert_eq!(redactor.redact(&format!("z{short}z")), "z[secret canary]z");
    let long: String = (0..super::super::LONGEST / 8)
        .map(|n| format!("{n:07x}\n"))
        .collect();
    let redactor = Redactor::new(&token(&long)).unwrap();
    assert_eq!(redactor.redact(long.trim_end()), "[secret canary]");
}
