//! What is kept in receipts and releases.

use std::collections::BTreeMap;

use compose_restart::pin::{Mount, Pin, ServicePin};

#[test]
fn a_memory_that_cannot_be_read_is_none() {
    for garbage in [
        "",
        "null",
        "[]",
        "{}",
        "not json",
        r#"{"v":2,"commit":null,"services":{}}"#,
    ] {
        assert_eq!(Pin::remembered(Some(garbage)), None, "{garbage}");
        assert!(Pin::demanded(Some(garbage)).is_err(), "{garbage}");
    }
    assert_eq!(Pin::remembered(None), None);
    assert_eq!(Pin::demanded(None).unwrap(), None);
}

#[test]
fn it_comes_back_as_it_was_written() {
    let service = ServicePin {
        image: "sha256:1".into(),
        mounts: Some(vec![Mount {
            path: "/srv/a \"b\"".into(),
            folder: true,
            fingerprint: None,
            identity: "1:2".into(),
        }]),
        ..ServicePin::default()
    };
    let pin = Pin::new(Some("abc".into()), [("app".into(), service)].into());
    assert_eq!(Pin::remembered(Some(&pin.text().unwrap())), Some(pin));
}

#[test]
fn a_later_key_is_passed_over() {
    let pin = r#"{"v":1,"commit":null,"services":{},"colour":"green"}"#;
    assert_eq!(
        Pin::remembered(Some(pin)),
        Some(Pin::new(None, BTreeMap::new()))
    );
}
