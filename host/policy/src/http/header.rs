//! The headers that a plugin may send.
//!
//! Those that decide where a message ends, where it goes or what becomes of the connection are the
//! host's: a plugin that could set them could smuggle a second request behind its first.

use crate::Diagnostic;

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
pub fn check(headers: &[(String, String)]) -> Result<(), Diagnostic> {
    if headers.len() > MOST {
        return Err(refusal(format!(
            "{} headers, at most {MOST} are sent",
            headers.len()
        )));
    }
    headers
        .iter()
        .try_for_each(|(name, value)| check_one(name, value))
}

fn check_one(name: &str, value: &str) -> Result<(), Diagnostic> {
    if name.len() + value.len() > LONGEST {
        return Err(refusal("a header is over 8 KiB"));
    }
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(refusal(
            "a header's name holds other than letters, digits and -_.",
        ));
    }
    let lower = name.to_ascii_lowercase();
    if HOSTS.contains(&lower.as_str()) || lower.starts_with("proxy-") {
        return Err(refusal(format!("the header {lower} is the host's to send")));
    }
    if !is_value(value) {
        return Err(refusal(format!(
            "the header {lower} holds other than visible ASCII"
        )));
    }
    Ok(())
}

fn refusal(message: impl Into<String>) -> Diagnostic {
    Diagnostic::new("http.header", message)
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Visible ASCII, with spaces inside.
pub fn is_value(value: &str) -> bool {
    value.bytes().all(|b| (0x20..=0x7e).contains(&b)) && value.trim() == value
}

#[cfg(test)]
mod tests;
