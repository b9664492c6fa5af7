//! Signs a request with a key that its plugin never sees.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use deployhost_policy::Diagnostic;
use deployhost_policy::http::{Origin, header};
use deployhost_policy::secret::{Secret, find_key};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::Signing;
use crate::capability::error::{CapabilityError, OfKind};

/// The only algorithm there is.
const ALGORITHM: &str = "hmac-sha256";
/// Most that is signed before the body, in bytes.
const BEFORE: usize = 8 * 1024;

/// The header that carries the signature of `before` and `body`.
pub(super) fn sign(
    signing: &Signing,
    secrets: &[Arc<Secret>],
    origin: &Origin,
    body: &[u8],
) -> Result<(String, String), CapabilityError> {
    let invalid = |message: String| Diagnostic::new("http.signing", message).invalid();
    if signing.algorithm != ALGORITHM {
        return Err(invalid(format!(
            "requests are signed with {ALGORITHM} only"
        )));
    }
    if signing.before.len() > BEFORE {
        return Err(invalid("over 8 KiB are signed before the body".to_owned()));
    }
    let Some(key) = find_key(secrets, origin, &signing.key) else {
        let message = format!("no key of this entry signs requests to {origin}");
        return Err(Diagnostic::new("http.key-not-granted", message)
            .help("declare a secret of kind = \"key\" for that origin, and name it in the config")
            .denied());
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose().as_bytes())
        .map_err(|error| invalid(format!("the key cannot be used: {error}")))?;
    mac.update(&signing.before);
    mac.update(body);
    let digest = mac.finalize().into_bytes();
    let encoded = match signing.encoding.as_str() {
        "hex" => digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        "base64" => STANDARD.encode(digest),
        _ => {
            return Err(invalid(
                "a signature is encoded as hex or base64".to_owned(),
            ));
        }
    };
    let signed = (
        signing.header.clone(),
        format!("{}{encoded}", signing.prefix),
    );
    header::check(std::slice::from_ref(&signed)).map_err(CapabilityError::invalid)?;
    Ok(signed)
}

#[cfg(test)]
mod tests;
