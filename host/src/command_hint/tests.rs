use super::*;

#[test]
fn what_is_advised_can_be_pasted() {
    let usual = CommandHint {
        plan: "prod.toml",
        state: None,
    };
    assert_eq!(usual.run(), "deployhost run --plan prod.toml");
    assert_eq!(usual.rollback(), "deployhost rollback --plan prod.toml");
    assert_eq!(usual.show("01a2"), "deployhost show 01a2 --logs");
    let named = CommandHint {
        plan: "it's mine.toml",
        state: Some(Path::new("/my state")),
    };
    assert_eq!(
        named.run(),
        r"deployhost run --plan 'it'\''s mine.toml' --state '/my state'"
    );
    assert_eq!(
        flush(named.state),
        "deployhost notify --flush --state '/my state'"
    );
}
