//! How the host signs a request, with a key that the plugin never sees.

pub use crate::bindings::step_world::deployhost::plugin::http::Signing;

impl Signing {
    /// The body's HMAC-SHA256 in hexadecimal digits, in the header of this name. `key` is what the
    /// config has for a secret of the kind `key`.
    pub fn hmac_sha256(key: impl Into<String>, header: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            algorithm: "hmac-sha256".to_owned(),
            header: header.into(),
            prefix: String::new(),
            encoding: "hex".to_owned(),
            before: Vec::new(),
        }
    }

    /// What stands before the signature in its header: `sha256=`.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// In base64 instead of hexadecimal digits.
    pub fn base64(mut self) -> Self {
        self.encoding = "base64".to_owned();
        self
    }

    /// Signed before the body: a timestamp, an id.
    pub fn before(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.before = bytes.into();
        self
    }
}
