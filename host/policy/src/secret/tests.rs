#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

fn make(kind: SecretKind, origin: &str, value: &str) -> Result<Secret, SecretError> {
    Secret::new("hook", kind, Origin::parse(origin).unwrap(), value)
}

#[test]
fn a_token_is_eight_bytes_or_more_of_text() {
    let why = |value: &str| {
        make(SecretKind::Token, "https://a.example", value)
            .map(|_| ())
            .map_err(|r| r.why)
    };
    assert_eq!(why("12345678"), Ok(()));
    assert_eq!(why("12345678\r\n"), Ok(()));
    assert_eq!(why(&"x".repeat(LONGEST)), Ok(()));
    assert_eq!(why(""), Err(SecretErrorKind::Empty));
    assert_eq!(why("\n\n"), Err(SecretErrorKind::Empty));
    assert_eq!(why("1234567"), Err(SecretErrorKind::Short));
    assert_eq!(why("1234567\n"), Err(SecretErrorKind::Short));
    assert_eq!(why("1234\x005678"), Err(SecretErrorKind::Nul));
    assert_eq!(why(&"x".repeat(LONGEST + 1)), Err(SecretErrorKind::Long));
    let trimmed = make(SecretKind::Token, "https://a.example", "12345678\n").unwrap();
    assert_eq!(trimmed.expose(), "12345678");
}

#[test]
fn a_url_is_one_of_its_origin() {
    let origin = Origin::parse("https://hooks.example").unwrap();
    let why = |value: &str| {
        make(SecretKind::Url, "https://hooks.example", value)
            .map(|_| ())
            .map_err(|r| r.why)
    };
    assert_eq!(why("https://hooks.example/api/0123456789"), Ok(()));
    assert_eq!(why("https://hooks.example/x?key=0123456789"), Ok(()));
    assert_eq!(
        why("https://hooks.example"),
        Err(SecretErrorKind::NothingSecret)
    );
    assert_eq!(
        why("https://hooks.example/short"),
        Err(SecretErrorKind::NothingSecret)
    );
    for other in [
        "http://hooks.example/api/0123456789",
        "https://hooks.example:444/api/0123456789",
        "https://evil.example/api/0123456789",
        "https://hooks.example.evil.example/0123456789",
    ] {
        assert_eq!(
            why(other),
            Err(SecretErrorKind::OtherOrigin(origin.clone())),
            "{other}"
        );
    }
    assert!(matches!(why("0123456789"), Err(SecretErrorKind::NoUrl(_))));
    assert!(matches!(
        why("https://u:p@hooks.example/0123456789"),
        Err(SecretErrorKind::NoUrl(_))
    ));
    assert!(matches!(
        why("https://hooks.example/01234\n56789"),
        Err(SecretErrorKind::NoUrl(_))
    ));
}

#[test]
fn a_truncated_discord_url_is_seen() {
    let why = |path: &str| {
        make(
            SecretKind::Url,
            "https://discord.com",
            &format!("https://discord.com/api{path}"),
        )
        .map(|_| ())
        .map_err(|r| r.why)
    };
    let token = "Ab3_-".repeat(14);
    assert_eq!(
        why(&format!("/webhooks/123456789012345678/{token}")),
        Ok(())
    );
    assert_eq!(
        why(&format!("/webhooks/123456789012345678/{}", &token[..40])),
        Err(SecretErrorKind::Truncated)
    );
    assert_eq!(
        why("/webhooks/123456789012345678/"),
        Err(SecretErrorKind::Truncated)
    );
    assert_eq!(
        why("/webhooks/123456789012345678"),
        Err(SecretErrorKind::Truncated)
    );
    assert_eq!(
        why(&format!("/webhooks/{token}")),
        Err(SecretErrorKind::Truncated)
    );
}

#[test]
fn no_refusal_and_no_debug_holds_the_value() {
    let canary = "canary-0123456789";
    for (kind, value) in [
        (SecretKind::Token, format!("{canary}\0")),
        (SecretKind::Token, canary.repeat(10_000)),
        (SecretKind::Url, canary.to_owned()),
        (
            SecretKind::Url,
            format!("https://u:{canary}@a.example/{canary}"),
        ),
        (
            SecretKind::Url,
            format!("https://{canary}.example/{canary}"),
        ),
        (
            SecretKind::Url,
            format!("https://discord.com/api/webhooks/1/{canary}"),
        ),
    ] {
        let origin = if value.contains("discord") {
            "https://discord.com"
        } else {
            "https://a.example"
        };
        let refusal = make(kind, origin, &value).unwrap_err();
        let shown = format!("{refusal} {refusal:?}");
        assert!(!shown.contains("canary"), "{shown}");
        assert!(shown.contains("hook"), "{shown}");
    }
    let secret = make(SecretKind::Token, "https://a.example", canary).unwrap();
    assert_eq!(format!("{secret:?}"), "Secret(hook)");
}

#[test]
fn placeholders_are_random_and_of_the_origin() {
    let make = || {
        make(
            SecretKind::Url,
            "https://a.example:8443",
            "https://a.example:8443/0123456789",
        )
        .unwrap()
    };
    let (one, other) = (make().placeholder(), make().placeholder());
    assert_ne!(one, other);
    let hex = one.strip_prefix("https://a.example:8443/s-").unwrap();
    assert_eq!(hex.len(), 32);
    assert!(hex.bytes().all(|b| b.is_ascii_hexdigit()));
    assert_eq!(Target::parse(&one).unwrap().url().as_str(), one);
}
