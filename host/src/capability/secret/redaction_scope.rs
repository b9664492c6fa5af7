//! The redactor of the call at hand, within reach of everything that works for it.
//!
//! Adapters pass on what programs and servers say, cut to a bearable length, and know no secrets. A
//! text must be redacted before it is cut: so the redactor stands behind the whole call, and whoever
//! passes a text on asks here.

use std::sync::Arc;

use super::super::log::cut;
use super::Redactor;

tokio::task_local! {
    static VEIL: Arc<Redactor>;
}

/// Does the work of a call whose texts must tell none of these secrets; none: it has none to tell.
pub async fn with_redactor<T>(redactor: Option<Arc<Redactor>>, work: impl Future<Output = T>) -> T {
    match redactor {
        Some(redactor) => VEIL.scope(redactor, work).await,
        None => work.await,
    }
}

/// A text that others wrote, without secrets and then of at most `most` bytes, cut on a character.
pub fn redact_in_scope(text: &str, most: usize) -> String {
    let told = VEIL.try_with(|redactor| redactor.redact(text).into_owned());
    // Outside of any call no secret has been read.
    let told = told.unwrap_or_else(|_| text.to_owned());
    cut(&told, most).to_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::super::{Secret, SecretKind};
    use super::*;
    use crate::capability::http::Origin;

    #[tokio::test]
    async fn no_cut_leaves_half_a_secret() {
        let value = "hunter2-hunter2-hunter2";
        let origin = Origin::parse("https://a.example").unwrap();
        let secret = Secret::new("key", SecretKind::Token, origin, value).unwrap();
        let redactor = Arc::new(Redactor::new(&[Arc::new(secret)]).unwrap());
        with_redactor(Some(redactor), async {
            for most in 0..80 {
                let told = redact_in_scope(&format!("it said {value}, and more"), most);
                assert!(!told.contains("hunter"), "{told}");
                assert!(told.len() <= most);
            }
        })
        .await;
        assert_eq!(redact_in_scope(value, 7), "hunter2", "outside of any call");
    }
}
