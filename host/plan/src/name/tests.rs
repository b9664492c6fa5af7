#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn names_and_what_only_looks_like_one() {
    for text in ["a", "0", "app-1", "30-docker", &"x".repeat(63), "a-"] {
        assert_eq!(Name::parse(text).unwrap().as_str(), text);
    }
    for text in [
        "",
        "-a",
        "A",
        "a_b",
        "a/b",
        "..",
        "a.b",
        "a b",
        "аpp",
        "a\n",
        "é",
        &"x".repeat(64),
    ] {
        assert!(Name::parse(text).is_err(), "{text}");
    }
}
