//! A server over TLS whose certificate nobody trusts.

use std::net::TcpListener;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, Stream};

/// A key that guards nothing (PKCS #8), and its self-signed certificate.
const KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg1uez6AdMv7RyKbPo4Pi+jmmUtOJwCTk6ZcF16o+NXAuhRANCAASQxDoSYSLJsqhvWTseS78QhAt4R33XOc1fgqinFV/fmA3clr6LXousHs4aLIZTztjhiey3LC2S6nbuCGPq6PPP";
const CERTIFICATE: &str = "MIIBfzCCASWgAwIBAgIUH0wRsdEmAkvWf3nQ5NWPCQUUZMowCgYIKoZIzj0EAwIwGjEYMBYGA1UEAwwPZGVwbG95aG9zdCB0ZXN0MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAaMRgwFgYDVQQDDA9kZXBsb3lob3N0IHRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASQxDoSYSLJsqhvWTseS78QhAt4R33XOc1fgqinFV/fmA3clr6LXousHs4aLIZTztjhiey3LC2S6nbuCGPq6PPPo0cwRTAWBgNVHREEDzANggt0bHMuZXhhbXBsZTAMBgNVHRMBAf8EAjAAMB0GA1UdDgQWBBRjY+mxCwa12rv/zahalnqFJzubsjAKBggqhkjOPQQDAgNIADBFAiB8yIffqJj9FlsKVcdeoPHyB+/5saEkVSqXP8bV5kzFBAIhAPpn2yHOUyqLI4ZsmtrcVfeDIx3gj3Ky0mTwAORODgH1";

/// Its port. It answers nothing, and ends with the test run.
pub fn untrusted() -> u16 {
    let key = PrivatePkcs8KeyDer::from(STANDARD.decode(KEY).unwrap());
    let certificate = CertificateDer::from(STANDARD.decode(CERTIFICATE).unwrap());
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key.into());
    let config = Arc::new(config.unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut connection = ServerConnection::new(config.clone()).unwrap();
            // Whoever does not trust it goes away.
            let _gone = std::io::copy(
                &mut Stream::new(&mut connection, &mut stream),
                &mut std::io::sink(),
            );
        }
    });
    port
}
