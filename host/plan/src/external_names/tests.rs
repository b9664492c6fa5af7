use super::*;

#[test]
fn what_to_do_stands_apart() {
    let refused = reference("a..b").map_err(|refusal| (refusal.what, refusal.cure));
    let what = "`a..b` is no git ref: it contains `..`".to_owned();
    assert_eq!(refused, Err((what, Some(COMMIT.to_owned()))));
}

#[test]
fn a_password_is_not_repeated() {
    let refused = remote(Path::new("/"), "https://user:hunter22@example.org/x.git");
    assert!(!format!("{refused:?}").contains("hunter22"));
    assert!(refused.is_err());
}
