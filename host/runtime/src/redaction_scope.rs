//! The redactor of the call at hand, within reach of everything that works for it.
//!
//! Adapters pass on what programs and servers say, cut to a bearable length, and know no secrets. A
//! text must be redacted before it is cut: so the redactor stands behind the whole call, and whoever
//! passes a text on asks here.

use std::sync::Arc;

use deployhost_policy::secret::Redactor;
use deployhost_policy::text::cut;

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
mod tests;
