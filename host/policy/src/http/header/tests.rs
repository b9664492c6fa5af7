#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

fn one(name: &str, value: &str) -> Result<(), Diagnostic> {
    check(&[(name.to_owned(), value.to_owned())])
}

#[test]
fn ordinary_headers_pass() {
    for (name, value) in [
        ("Content-Type", "application/json; charset=utf-8"),
        ("authorization", "Bearer s-0123"),
        ("X-Empty", ""),
        ("x_y.z", "~!@#$%^&*()"),
        ("Cookie", "a=b"),
    ] {
        assert_eq!(one(name, value), Ok(()), "{name}");
    }
}

#[test]
fn the_hosts_own_headers_are_refused_in_any_case() {
    for name in [
        "Host",
        "HOST",
        "Content-Length",
        "transfer-encoding",
        "Connection",
        "Upgrade",
        "TE",
        "Trailer",
        "Proxy-Authorization",
        "proxy-connection",
        "Keep-Alive",
        "Expect",
    ] {
        let error = one(name, "x").unwrap_err();
        assert!(
            error.to_string().contains("is the host's"),
            "{name}: {error}"
        );
    }
}

#[test]
fn what_could_end_a_header_early_is_refused() {
    for name in [
        "",
        "a b",
        "a:",
        "a\r\nb",
        "a\0",
        "é",
        "(a)",
        "a/b",
        "\u{202e}a",
        ":path",
    ] {
        assert!(one(name, "x").is_err(), "{name:?}");
    }
    for value in [
        "a\r\nB: c",
        "a\nb",
        "a\0b",
        "é",
        "a\tb",
        " a",
        "a ",
        "\u{7f}",
        "a\u{2028}b",
    ] {
        assert!(one("x", value).is_err(), "{value:?}");
    }
}

#[test]
fn number_and_length_are_bounded() {
    let many = |n| vec![("x".to_owned(), "y".to_owned()); n];
    assert_eq!(check(&many(MOST)), Ok(()));
    assert!(check(&many(MOST + 1)).is_err());
    assert!(check(&many(10_000)).is_err());
    assert_eq!(one("x", &"y".repeat(LONGEST - 1)), Ok(()));
    assert!(one("x", &"y".repeat(LONGEST)).is_err());
    assert!(one("x", &"y".repeat(1 << 20)).is_err());
}
