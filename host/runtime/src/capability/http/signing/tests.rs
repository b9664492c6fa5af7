#![allow(clippy::unwrap_used)]

use deployhost_policy::secret::SecretKind;

use super::*;
use crate::capability::error::CapabilityErrorKind;

/// RFC 4231, test case 2 has a key of four bytes; ours have eight or more, so test case 1 is used,
/// whose key is twenty times 0x0b.
const KEY: &str = "\u{b}\u{b}\u{b}\u{b}\u{b}\u{b}\u{b}\u{b}\u{b}\u{b}\u{b}\u{b}\u{b}\u{b}\u{b}\u{b}\u{b}\u{b}\u{b}\u{b}";
const HEX: &str = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";

fn origin(text: &str) -> Origin {
    Origin::parse(text).unwrap()
}

fn secrets(kind: SecretKind) -> Vec<Arc<Secret>> {
    vec![Arc::new(
        Secret::new("hook", kind, origin("https://a.example"), KEY).unwrap(),
    )]
}

fn signing(secrets: &[Arc<Secret>]) -> Signing {
    Signing {
        key: secrets[0].placeholder(),
        algorithm: ALGORITHM.to_owned(),
        header: "x-signature-256".to_owned(),
        prefix: "sha256=".to_owned(),
        encoding: "hex".to_owned(),
        before: Vec::new(),
    }
}

#[test]
fn the_signature_is_that_of_the_standard() {
    let secrets = secrets(SecretKind::Key);
    let asked = signing(&secrets);
    let signed = sign(&asked, &secrets, &origin("https://a.example"), b"Hi There").unwrap();
    assert_eq!(signed.0, "x-signature-256");
    assert_eq!(signed.1, format!("sha256={HEX}"));
    let asked = Signing {
        before: b"Hi ".to_vec(),
        prefix: String::new(),
        ..asked
    };
    let signed = sign(&asked, &secrets, &origin("https://a.example"), b"There").unwrap();
    assert_eq!(signed.1, HEX);
}

#[test]
fn a_key_signs_toward_its_origin_and_a_token_signs_nothing() {
    let keys = secrets(SecretKind::Key);
    let other = sign(&signing(&keys), &keys, &origin("https://b.example"), b"x");
    assert_eq!(other.unwrap_err().kind, CapabilityErrorKind::Denied);
    let tokens = secrets(SecretKind::Token);
    let token = sign(
        &signing(&tokens),
        &tokens,
        &origin("https://a.example"),
        b"x",
    );
    assert_eq!(token.unwrap_err().kind, CapabilityErrorKind::Denied);
}

#[test]
fn what_cannot_be_signed_is_said() {
    let secrets = secrets(SecretKind::Key);
    let good = signing(&secrets);
    let bad = [
        Signing {
            algorithm: "md5".into(),
            ..good.clone()
        },
        Signing {
            encoding: "octal".into(),
            ..good.clone()
        },
        Signing {
            header: "host".into(),
            ..good.clone()
        },
        Signing {
            prefix: "a\nb".into(),
            ..good.clone()
        },
        Signing {
            before: vec![0; BEFORE + 1],
            ..good
        },
    ];
    for asked in bad {
        let signed = sign(&asked, &secrets, &origin("https://a.example"), b"x");
        assert_eq!(signed.unwrap_err().kind, CapabilityErrorKind::Invalid);
    }
}
