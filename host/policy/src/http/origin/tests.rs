#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

#[test]
fn an_origin_is_read_exactly() {
    let table = [
        ("https://discord.com", "https://discord.com"),
        ("https://discord.com:443", "https://discord.com"),
        ("https://discord.com:8443", "https://discord.com:8443"),
        ("http://good.example", "http://good.example"),
        ("http://good.example:80", "http://good.example"),
        ("http://good.example:443", "http://good.example:443"),
        ("HTTPS://GOOD.Example", "https://good.example"),
        ("http://localhost:8501", "http://localhost:8501"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://10.0.0.5", "http://10.0.0.5"),
        ("http://[::1]:9", "http://[::1]:9"),
        ("http://[FD00::5]", "http://[fd00::5]"),
        (
            "http://my_service.internal-1:65535",
            "http://my_service.internal-1:65535",
        ),
        (
            "https://xn--mller-kva.example",
            "https://xn--mller-kva.example",
        ),
    ];
    for (text, shown) in table {
        assert_eq!(Origin::parse(text).unwrap().to_string(), shown, "{text}");
    }
}

#[test]
fn origins_differ_by_scheme_host_and_port() {
    let origin = |text| Origin::parse(text).unwrap();
    let good = origin("https://good.example");
    assert_eq!(good, origin("https://GOOD.EXAMPLE:443"));
    for other in [
        "http://good.example",
        "http://good.example:443",
        "https://good.example:444",
        "https://www.good.example",
        "https://good.example.evil",
        "https://g00d.example",
    ] {
        assert_ne!(good, origin(other), "{other}");
    }
}

/// Each is refused as an origin and as a URL.
const REFUSED: &[(&str, OriginError)] = &[
    ("", OriginError::NotAbsolute),
    ("good.example", OriginError::NotAbsolute),
    ("//good.example", OriginError::NotAbsolute),
    ("/path", OriginError::NotAbsolute),
    ("http:good.example", OriginError::NotAbsolute),
    ("http:/good.example", OriginError::NotAbsolute),
    ("good.example:443", OriginError::Scheme),
    ("file:///etc/passwd", OriginError::Scheme),
    ("file:", OriginError::Scheme),
    ("gopher://good.example", OriginError::Scheme),
    ("ftp://good.example", OriginError::Scheme),
    ("ws://good.example", OriginError::Scheme),
    ("unix:/var/run/docker.sock", OriginError::Scheme),
    ("http+unix://good.example", OriginError::Scheme),
    ("data:text/plain,x", OriginError::Scheme),
    ("javascript:alert(1)", OriginError::Scheme),
    ("http://", OriginError::NoHost),
    ("http:///etc/passwd", OriginError::NoHost),
    ("http:////good.example", OriginError::NoHost),
    ("http://?x", OriginError::NoHost),
    ("http://:80", OriginError::NoHost),
    ("https://user@good.example", OriginError::Userinfo),
    ("https://user:token@good.example", OriginError::Userinfo),
    ("https://@good.example", OriginError::Userinfo),
    ("https://good.example@evil.example", OriginError::Userinfo),
    ("https://good.example%40evil.example", OriginError::Spelling),
    (
        "https://good.example\\@evil.example",
        OriginError::Backslash,
    ),
    ("https:\\\\good.example", OriginError::Backslash),
    (
        "https://good.example\\.evil.example",
        OriginError::Backslash,
    ),
    ("https://*.good.example", OriginError::Wildcard),
    ("https://*", OriginError::Wildcard),
    ("https://good.example.", OriginError::TrailingDot),
    ("https://GOOD.EXAMPLE.", OriginError::TrailingDot),
    ("http://localhost.", OriginError::TrailingDot),
    ("http://127.0.0.1.", OriginError::TrailingDot),
    ("http://.", OriginError::TrailingDot),
    ("http://①②⑦.0.0.1", OriginError::NotAscii),
    ("http://127。0。0。1", OriginError::NotAscii),
    ("http://127.0.0.1。", OriginError::NotAscii),
    ("https://ｇood.example", OriginError::NotAscii),
    ("https://gооd.example", OriginError::NotAscii),
    ("https://müller.example", OriginError::NotAscii),
    ("https://good\u{ad}.example", OriginError::NotAscii),
    ("http://127.1", OriginError::Spelling),
    ("http://127.0.1", OriginError::Spelling),
    ("http://2130706433", OriginError::Spelling),
    ("http://0x7f000001", OriginError::Spelling),
    ("http://0x7f.1", OriginError::Spelling),
    ("http://0177.0.0.1", OriginError::Spelling),
    ("http://127.000.000.001", OriginError::Spelling),
    ("http://0", OriginError::Address),
    ("http://[::ffff:127.0.0.1]", OriginError::Address),
    ("http://[0:0:0:0:0:0:0:1]", OriginError::Spelling),
    ("http://[::0001]", OriginError::Spelling),
    ("http://[::127.0.0.1]", OriginError::Address),
    ("http://good%2eexample", OriginError::Spelling),
    ("http://good.example%00.evil.example", OriginError::Spelling),
    ("http://good.example%0d%0a", OriginError::Spelling),
    ("http://[fe80::1%25eth0]", OriginError::Unreadable),
    ("http://good..example", OriginError::Spelling),
    ("http://.good.example", OriginError::Spelling),
    ("http://good.example,evil.example", OriginError::Spelling),
    ("http://good.example;evil", OriginError::Spelling),
    ("http://${HOST}", OriginError::Spelling),
    ("http://good.example|evil", OriginError::Spelling),
    ("http://256.0.0.1", OriginError::Unreadable),
    ("http://1.2.3.4.5", OriginError::Unreadable),
    ("http://[::1", OriginError::Port),
    ("http://[::1]evil.example", OriginError::Spelling),
    ("http://[::1].evil.example", OriginError::Spelling),
    ("http://::1", OriginError::Port),
    ("http://[]", OriginError::Unreadable),
    ("http://[::ffff:7f00:1]", OriginError::Address),
    ("http://[::7f00:1]", OriginError::Address),
    ("http://[64:ff9b::7f00:1]", OriginError::Address),
    ("http://[2002:7f00:1::]", OriginError::Address),
    ("http://[::]", OriginError::Address),
    ("http://0.0.0.0", OriginError::Address),
    ("http://224.0.0.1", OriginError::Address),
    ("http://255.255.255.255", OriginError::Address),
    ("http://good.example:", OriginError::Port),
    ("http://good.example:0", OriginError::Port),
    ("http://good.example:080", OriginError::Port),
    ("http://good.example:+80", OriginError::Port),
    ("http://good.example:-1", OriginError::Port),
    ("http://good.example:65536", OriginError::Port),
    ("http://good.example:443:80", OriginError::Port),
    ("http://good.example:http", OriginError::Port),
    ("http://[::1]:", OriginError::Port),
    ("http://good.exam\tple", OriginError::Invisible),
    ("http://good.example\n", OriginError::Invisible),
    ("http://good.example\r\nHost: evil", OriginError::Invisible),
    ("\thttp://good.example", OriginError::Invisible),
    (" http://good.example", OriginError::Invisible),
    ("ht\ntp://good.example", OriginError::Invisible),
    ("http://good.example\0", OriginError::Invisible),
    ("http://good.example\u{7f}", OriginError::Invisible),
    ("http://good.example\u{2028}", OriginError::Invisible),
    ("http://good.example\u{a0}", OriginError::Invisible),
];

#[test]
fn what_could_be_read_two_ways_is_refused() {
    for (text, reason) in REFUSED {
        assert_eq!(Origin::parse(text), Err(*reason), "{text:?}");
        assert_eq!(Target::parse(text), Err(*reason), "{text:?}");
    }
    let long = format!("http://good.example/{}", "x".repeat(LONGEST));
    assert_eq!(Target::parse(&long), Err(OriginError::TooLong));
    let label = format!("http://{}.example", "x".repeat(64));
    assert_eq!(Origin::parse(&label), Err(OriginError::Spelling));
}

#[test]
fn an_origin_ends_after_its_authority() {
    for text in [
        "https://good.example/",
        "https://good.example/api",
        "https://good.example?x",
        "https://good.example#x",
        "https://good.example:443/",
        "https://good.example/https://evil.example",
    ] {
        assert_eq!(
            Origin::parse(text),
            Err(OriginError::MoreThanOrigin),
            "{text}"
        );
        assert!(Target::parse(text).is_ok(), "{text}");
    }
}

#[test]
fn a_url_goes_to_the_origin_it_shows() {
    let table = [
        ("https://good.example/a?b=c#d", "https://good.example/a?b=c"),
        ("https://GOOD.example", "https://good.example/"),
        (
            "https://good.example/http://evil.example/",
            "https://good.example/http://evil.example/",
        ),
        (
            "https://good.example//evil.example/",
            "https://good.example//evil.example/",
        ),
        (
            "https://good.example/@evil.example",
            "https://good.example/@evil.example",
        ),
        (
            "https://good.example?@evil.example",
            "https://good.example/?@evil.example",
        ),
        (
            "https://good.example#@evil.example",
            "https://good.example/",
        ),
        ("https://good.example/a/../../b", "https://good.example/b"),
        ("https://good.example/%2e%2e/b", "https://good.example/b"),
        (
            "https://good.example/%0d%0aX:y",
            "https://good.example/%0d%0aX:y",
        ),
        (
            "https://good.example/café",
            "https://good.example/caf%C3%A9",
        ),
    ];
    for (text, sent) in table {
        let target = Target::parse(text).unwrap();
        assert_eq!(target.url().as_str(), sent, "{text}");
        assert_eq!(
            target.origin(),
            &Origin::parse("https://good.example").unwrap()
        );
    }
    let evil = Target::parse("https://evil.example#good.example").unwrap();
    assert_eq!(evil.origin().to_string(), "https://evil.example");
}

#[test]
fn an_address_written_plainly_reaches_itself() {
    let policy = |text, private| Origin::parse(text).unwrap().policy(private);
    let ip = |text: &str| text.parse::<IpAddr>().unwrap();
    assert_eq!(
        policy("http://127.0.0.1", false),
        AddressPolicy::Only(ip("127.0.0.1"))
    );
    assert_eq!(
        policy("http://10.0.0.5", true),
        AddressPolicy::Only(ip("10.0.0.5"))
    );
    assert_eq!(
        policy("http://[::1]", false),
        AddressPolicy::Only(ip("::1"))
    );
    assert_eq!(policy("http://LOCALHOST", true), AddressPolicy::Loopback);
    assert_eq!(policy("http://a.localhost", false), AddressPolicy::Public);
    assert_eq!(policy("http://good.example", false), AddressPolicy::Public);
    assert_eq!(policy("http://good.example", true), AddressPolicy::Private);
}

#[test]
fn errors_and_debug_hold_nothing_of_the_text() {
    let text = "https://user:canary-of-mine@good.example/x";
    assert!(
        !Target::parse(text)
            .unwrap_err()
            .to_string()
            .contains("canary")
    );
    let target = Target::parse("https://good.example/canary-of-mine?canary").unwrap();
    assert_eq!(format!("{target:?}"), "Target(https://good.example/…)");
}
