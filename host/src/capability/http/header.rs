//! The headers that a plugin may send.
//!
//! Those that decide where a message ends, where it goes or what becomes of the connection are the
//! host's: a plugin that could set them could smuggle a second request behind its first.

/// Most headers of one request.
pub const MOST: usize = 64;
/// Longest header, name and value, in bytes.
pub const LONGEST: usize = 8 * 1024;

const HOSTS: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "upgrade",
    "te",
    "trailer",
    "keep-alive",
    "expect",
];

/// Err: what is wrong, naming the header where its name can be shown.
pub fn check(headers: &[(String, String)]) -> Result<(), String> {
    if headers.len() > MOST {
        return Err(format!(
            "{} headers, at most {MOST} are sent",
            headers.len()
        ));
    }
    headers
        .iter()
        .try_for_each(|(name, value)| check_one(name, value))
}

fn check_one(name: &str, value: &str) -> Result<(), String> {
    if name.len() + value.len() > LONGEST {
        return Err("a header is over 8 KiB".into());
    }
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err("a header's name holds other than letters, digits and -_.".into());
    }
    let lower = name.to_ascii_lowercase();
    if HOSTS.contains(&lower.as_str()) || lower.starts_with("proxy-") {
        return Err(format!("the header {lower} is the host's to send"));
    }
    if !is_value(value) {
        return Err(format!("the header {lower} holds other than visible ASCII"));
    }
    Ok(())
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Visible ASCII, with spaces inside.
pub fn is_value(value: &str) -> bool {
    value.bytes().all(|b| (0x20..=0x7e).contains(&b)) && value.trim() == value
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    fn one(name: &str, value: &str) -> Result<(), String> {
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
            assert!(error.contains("is the host's"), "{name}: {error}");
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
}
