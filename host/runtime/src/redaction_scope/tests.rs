#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::capability::http::Origin;
use deployhost_policy::secret::{Secret, SecretKind};

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
