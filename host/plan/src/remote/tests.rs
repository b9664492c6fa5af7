use super::*;

#[test]
fn a_password_is_not_repeated() {
    let refused = check_remote(Path::new("/"), "https://user:hunter22@example.org/x.git");
    assert!(!format!("{refused:?}").contains("hunter22"));
    assert!(refused.is_err());
}
