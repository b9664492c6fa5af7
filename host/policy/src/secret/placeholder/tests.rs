#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

const ORIGIN: &str = "https://hooks.example";

fn secret(kind: SecretKind, value: &str) -> Vec<Arc<Secret>> {
    let origin = Origin::parse(ORIGIN).unwrap();
    vec![Arc::new(Secret::new("hook", kind, origin, value).unwrap())]
}

fn filled(value: &str, added: &str) -> Option<String> {
    let secrets = secret(SecretKind::Url, value);
    let target = format!("{}{added}", secrets[0].placeholder());
    fill_url(&secrets, &Target::parse(&target).unwrap()).map(|url| url.to_string())
}

#[test]
fn what_is_added_to_the_placeholder_is_added_to_the_secret() {
    let plain = "https://hooks.example/api/webhooks/1/TOKEN-01";
    let table = [
        (plain, "", "https://hooks.example/api/webhooks/1/TOKEN-01"),
        (
            plain,
            "/messages/1",
            "https://hooks.example/api/webhooks/1/TOKEN-01/messages/1",
        ),
        (
            plain,
            "?wait=true",
            "https://hooks.example/api/webhooks/1/TOKEN-01?wait=true",
        ),
        (
            plain,
            "/m/1?a=b&c=d",
            "https://hooks.example/api/webhooks/1/TOKEN-01/m/1?a=b&c=d",
        ),
        (
            plain,
            "#fragment",
            "https://hooks.example/api/webhooks/1/TOKEN-01",
        ),
        (plain, "/", "https://hooks.example/api/webhooks/1/TOKEN-01/"),
        (
            plain,
            "/%2e%2e%2f",
            "https://hooks.example/api/webhooks/1/TOKEN-01/%2e%2e%2f",
        ),
        (
            plain,
            "//m",
            "https://hooks.example/api/webhooks/1/TOKEN-01//m",
        ),
        (
            "https://hooks.example/h?key=0123456789",
            "/m?wait=true",
            "https://hooks.example/h/m?key=0123456789&wait=true",
        ),
        (
            "https://hooks.example/h?key=0123456789",
            "",
            "https://hooks.example/h?key=0123456789",
        ),
        (
            "https://hooks.example/TOKEN-01/?",
            "/m?wait=true",
            "https://hooks.example/TOKEN-01/m?wait=true",
        ),
        (
            "https://hooks.example/caf%C3%A9-0123456789",
            "/m%20n",
            "https://hooks.example/caf%C3%A9-0123456789/m%20n",
        ),
    ];
    for (value, added, sent) in table {
        assert_eq!(
            filled(value, added).as_deref(),
            Some(sent),
            "{value} {added}"
        );
    }
}

#[test]
fn nothing_climbs_into_the_secret() {
    let value = "https://hooks.example/api/webhooks/1/TOKEN-01";
    for added in [
        "/..",
        "/../x",
        "/m/../../x",
        "/%2e%2e",
        "/.%2E/x",
        "x",
        "%2Fx",
        "-x",
    ] {
        assert_eq!(filled(value, added), None, "{added}");
    }
}

#[test]
fn a_url_is_filled_toward_its_origin_and_at_its_start_only() {
    let secrets = secret(SecretKind::Url, "https://hooks.example/api/0123456789");
    let placeholder = secrets[0].placeholder();
    let marker = placeholder.rsplit('/').next().unwrap();
    let fill = |text: &str| fill_url(&secrets, &Target::parse(text).unwrap());
    assert!(fill(&placeholder).is_some());
    assert!(fill(&format!("HTTPS://HOOKS.example:443/{marker}/m")).is_some());
    for text in [
        format!("http://hooks.example/{marker}"),
        format!("https://hooks.example:8443/{marker}"),
        format!("https://evil.example/{marker}"),
        format!("https://evil.example/{placeholder}"),
        format!("https://hooks.example/x/{marker}"),
        format!("https://hooks.example//{marker}"),
        format!("https://hooks.example/?x={marker}"),
        format!("https://hooks.example/{}", marker.to_uppercase()),
        format!("https://hooks.example/{}", &marker[..33]),
        "https://hooks.example/${secret.hook}".to_owned(),
    ] {
        assert!(fill(&text).is_none(), "{text}");
    }
    let as_header = fill_header(&secrets, secrets[0].origin(), marker);
    assert_eq!(as_header, None, "a URL is no header");
}

#[test]
fn a_token_is_filled_as_a_whole_value_toward_its_origin() {
    let secrets = secret(SecretKind::Token, "token-of-mine");
    let marker = secrets[0].placeholder();
    let home = Origin::parse(ORIGIN).unwrap();
    let fill = |value: String| fill_header(&secrets, &home, &value);
    assert_eq!(fill(marker.clone()).as_deref(), Some("token-of-mine"));
    assert_eq!(
        fill(format!("Bearer {marker}")).as_deref(),
        Some("Bearer token-of-mine")
    );
    assert_eq!(
        fill(format!("Bot {marker}")).as_deref(),
        Some("Bot token-of-mine")
    );
    for value in [
        format!("Bearer  {marker}"),
        format!("Bearer x {marker}"),
        format!("Bearer {marker} x"),
        format!("Bearer {marker}x"),
        format!("a=b {marker}"),
        format!("x{marker}"),
        format!("{marker}, {marker}"),
        format!(" {marker}"),
        marker.to_uppercase(),
    ] {
        assert_eq!(fill(value.clone()), None, "{value}");
    }
    for origin in [
        "http://hooks.example",
        "https://hooks.example:1",
        "https://evil.example",
    ] {
        let origin = Origin::parse(origin).unwrap();
        assert_eq!(fill_header(&secrets, &origin, &marker), None, "{origin}");
    }
    let in_url = Target::parse(&format!("{ORIGIN}/{marker}")).unwrap();
    assert_eq!(fill_url(&secrets, &in_url), None, "a token is no URL");
}

#[test]
fn people_see_the_secrets_name() {
    let secrets = secret(SecretKind::Url, "https://hooks.example/api/0123456789");
    let shown = |text: &str| mask_url(&secrets, &Target::parse(text).unwrap());
    let with = format!("{}/messages/1?wait=true", secrets[0].placeholder());
    assert_eq!(
        shown(&with),
        "https://hooks.example/[secret hook]/messages/1"
    );
    assert_eq!(shown("https://a.example/b?c"), "https://a.example/b");
}
