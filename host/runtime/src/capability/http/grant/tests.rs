#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

fn grant(origin: &str, methods: Methods, private: bool) -> HttpGrant {
    HttpGrant {
        origin: Origin::parse(origin).unwrap(),
        methods,
        private,
    }
}

#[test]
fn a_request_needs_its_origin_and_method_in_one_grant() {
    let grants = [
        grant("https://read.example", Methods::Read, false),
        grant(
            "https://post.example",
            Methods::only(&["POST"]).unwrap(),
            false,
        ),
        grant("https://any.example:8443", Methods::Any, true),
        grant("http://127.0.0.1:9000", Methods::Read, false),
    ];
    let table = [
        ("GET", "https://read.example", true),
        ("HEAD", "https://read.example", true),
        ("POST", "https://read.example", false),
        ("get", "https://read.example", false),
        ("GET", "http://read.example", false),
        ("GET", "https://read.example:8443", false),
        ("GET", "https://sub.read.example", false),
        ("POST", "https://post.example", true),
        ("GET", "https://post.example", false),
        ("PATCH", "https://post.example", false),
        ("DELETE", "https://any.example:8443", true),
        ("DELETE", "https://any.example", false),
        ("GET", "http://127.0.0.1:9000", true),
        ("GET", "http://127.0.0.2:9000", false),
        ("GET", "http://localhost:9000", false),
    ];
    for (method, origin, granted) in table {
        let origin = Origin::parse(origin).unwrap();
        assert_eq!(
            find_policy(&grants, method, &origin).is_some(),
            granted,
            "{method} {origin}"
        );
        assert_eq!(find_policy(&[], method, &origin), None);
    }
}

#[test]
fn private_is_of_the_grant_that_covers_the_method() {
    let grants = [
        grant("http://in.example", Methods::Read, true),
        grant(
            "http://in.example",
            Methods::only(&["POST"]).unwrap(),
            false,
        ),
    ];
    let origin = Origin::parse("http://in.example").unwrap();
    assert_eq!(
        find_policy(&grants, "GET", &origin),
        Some(AddressPolicy::Private)
    );
    assert_eq!(
        find_policy(&grants, "POST", &origin),
        Some(AddressPolicy::Public)
    );
}

#[test]
fn methods_are_words_in_capitals() {
    for method in [
        "GET", "POST", "PATCH", "DELETE", "OPTIONS", "PURGE", "PROPFIND",
    ] {
        assert_eq!(check_method(method), Ok(()), "{method}");
    }
    let long = "X".repeat(21);
    for method in [
        "",
        "get",
        "Get",
        "CONNECT",
        "TRACE",
        "GET ",
        "GE\tT",
        "GET\r\nX: y",
        "G/T",
        "É",
        &long,
    ] {
        assert_eq!(check_method(method), Err(BadMethod), "{method:?}");
        assert_eq!(Methods::only(&[method]), Err(BadMethod), "{method:?}");
    }
}

#[test]
fn a_grant_prints_what_it_lets_do() {
    let shown = grant(
        "https://post.example",
        Methods::only(&["POST", "PATCH"]).unwrap(),
        true,
    );
    assert_eq!(shown.to_string(), "POST, PATCH to https://post.example");
}
