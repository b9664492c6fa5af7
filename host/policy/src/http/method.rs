//! Methods of requests: which can be granted, and which promise to change nothing.

use std::fmt;

use crate::Diagnostic;

/// A word that is no method which can be granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadMethod;

impl fmt::Display for BadMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MESSAGE)
    }
}

impl std::error::Error for BadMethod {}

impl From<BadMethod> for Diagnostic {
    fn from(_: BadMethod) -> Self {
        Self::new("http.method", MESSAGE)
            .help("write it in capitals (CONNECT and TRACE are never sent)")
    }
}

const MESSAGE: &str = "the method is none of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, or of \
                       your own in 1 to 20 capitals";

/// CONNECT would open a tunnel past every rule here; TRACE sends back the secrets of a request.
pub fn check_method(method: &str) -> Result<(), BadMethod> {
    let shaped = (1..=20).contains(&method.len()) && method.bytes().all(|b| b.is_ascii_uppercase());
    if shaped && method != "CONNECT" && method != "TRACE" {
        Ok(())
    } else {
        Err(BadMethod)
    }
}

/// Does the method promise to change nothing?
pub fn is_read(method: &str) -> bool {
    method == "GET" || method == "HEAD"
}
