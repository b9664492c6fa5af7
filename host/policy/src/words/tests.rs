#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn a_word_is_the_same_for_people_and_for_programs() {
    macro_rules! check {
        ($kind:ident) => {
            for each in $kind::ALL {
                let word = each.as_str();
                assert_eq!($kind::parse(word), Some(each));
                assert_eq!(serde_json::to_value(each).unwrap(), word);
                assert_eq!(serde_json::from_value::<$kind>(word.into()).unwrap(), each);
                assert_eq!(format!("{each:>12}"), format!("{word:>12}"));
            }
            for word in ["", "Verify", "verified ", "nothing"] {
                assert_eq!($kind::parse(word), None, "{word}");
            }
        };
    }
    check!(Evidence);
    check!(Role);
    check!(Recovery);
}

#[test]
fn evidence_is_ordered_weakest_first() {
    assert!(Evidence::ALL.is_sorted());
    assert_eq!(Evidence::ALL.last(), Some(&Evidence::Verified));
}
