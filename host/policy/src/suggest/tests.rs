use super::*;

#[test]
fn the_nearest_is_meant_and_the_far_is_not() {
    let known = ["name", "environment", "http", "git", "n"];
    for (word, near) in [
        ("nmae", Some("name")),
        ("htttp", Some("http")),
        ("enviroment", Some("environment")),
        ("NAME", Some("name")),
        ("gti", Some("git")),
        ("colour", None),
        ("", None),
        ("x", None),
    ] {
        assert_eq!(nearest(word, known), near, "{word}");
    }
}

#[test]
fn where_nothing_is_near_all_are_listed() {
    assert_eq!(help("colour", ["a", "b"]), "it can be `a`, `b`");
    let many: Vec<String> = (0..40).map(|n| format!("word{n}")).collect();
    assert!(help("x", many.iter().map(String::as_str)).ends_with(", …"));
}
