//! Requests that the host signs.

use crate::http::{Request, Signing};

#[test]
fn a_request_says_how_the_host_signs_it() {
    let signing = Signing::hmac_sha256("s-01", "X-Hub-Signature-256")
        .prefix("sha256=")
        .before(*b"1761395742.");
    assert_eq!(signing.encoding, "hex");
    let request = Request::new("POST", "https://example.org/").sign(signing.clone());
    assert_eq!(request.signing, Some(signing.clone()));
    assert_eq!(signing.base64().encoding, "base64");
    assert_eq!(Request::new("GET", "https://example.org/").signing, None);
}
