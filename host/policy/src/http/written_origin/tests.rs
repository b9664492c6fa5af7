#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn plain_addresses() {
    for (url, text, private, loopback) in [
        ("https://example.com", "https://example.com", false, false),
        (
            "https://example.com:443/a?b#c",
            "https://example.com",
            false,
            false,
        ),
        (
            "http://example.com:8080/",
            "http://example.com:8080",
            false,
            false,
        ),
        (
            "http://127.0.0.1:8080/x",
            "http://127.0.0.1:8080",
            true,
            true,
        ),
        ("http://localhost", "http://localhost", true, true),
        ("http://10.0.0.5", "http://10.0.0.5", true, false),
        ("http://192.168.1.2", "http://192.168.1.2", true, false),
        ("http://[::1]:80/", "http://[::1]", true, true),
        ("http://[fd00::1]", "http://[fd00::1]", true, false),
        ("http://8.8.8.8", "http://8.8.8.8", false, false),
        (
            "https://xn--bcher-kva.example",
            "https://xn--bcher-kva.example",
            false,
            false,
        ),
    ] {
        let origin = WrittenOrigin::of_url(url).unwrap();
        assert_eq!(
            (origin.text.as_str(), origin.private, origin.loopback),
            (text, private, loopback),
            "{url}"
        );
    }
}

#[test]
fn odd_addresses() {
    for url in [
        "",
        "example.com",
        "file:///etc/passwd",
        "gopher://x",
        "HTTPS://example.com",
        "http:///x",
        "https://",
        "http://u@example.com",
        "http://u:p@example.com",
        "http://good.example\\@evil.example",
        "http://127.1",
        "http://2130706433",
        "http://0x7f.0.0.1",
        "http://0177.0.0.1",
        "http://[::ffff:127.0.0.1]",
        "http://[::ffff:7f00:1]",
        "http://[::127.0.0.1]",
        "http://①②⑦.0.0.1",
        "http://good%2eexample",
        "http://a.example\t",
        "http://a.\nexample",
        "http://GOOD.example",
        "http://good.example.",
        "https://*.example.com",
        "https://bücher.example",
        "http://0.0.0.0",
        "http://169.254.169.254/latest",
        "http://[fe80::1]",
        "http://[::]",
        "http://255.255.255.255",
        "http://x:0",
        "http://x:99999",
        "http://x:y",
        "http://[::1",
        "http://:80",
    ] {
        assert!(WrittenOrigin::of_url(url).is_err(), "{url}");
    }
}

#[test]
fn an_origin_alone() {
    assert!(WrittenOrigin::parse("https://discord.com").is_ok());
    for text in [
        "https://discord.com/",
        "https://discord.com/api",
        "https://discord.com?x",
        "https://discord.com#x",
    ] {
        let diagnostic = WrittenOrigin::parse(text).unwrap_err();
        assert_eq!(
            diagnostic.help.as_deref(),
            Some("write https://discord.com"),
            "{text}"
        );
    }
}

#[test]
fn an_address_is_never_repeated() {
    for url in [
        "http://u:hunter22@x/hunter22",
        "ftp://x/hunter22",
        "http://x:99999/hunter22",
        "http://127.1/hunter22",
    ] {
        let diagnostic = WrittenOrigin::of_url(url).unwrap_err();
        assert!(!format!("{diagnostic:?}").contains("hunter22"), "{url}");
    }
}
