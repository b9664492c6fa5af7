#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

#[test]
fn plain_variables_are_filled_in() {
    let variables = Variables::read("# note\nA=one\nexport B='two'\nEMPTY=\n");
    let filled = |path: &str| variables.filled(path);
    assert_eq!(filled("x.env").unwrap(), "x.env");
    assert_eq!(filled("${A}.env").unwrap(), "one.env");
    assert_eq!(filled("$A/$B").unwrap(), "one/two");
    assert_eq!(filled("${C:-three}").unwrap(), "three");
    assert_eq!(filled("${EMPTY:-three}").unwrap(), "three");
    assert_eq!(filled("${EMPTY-three}x").unwrap(), "x");
    assert_eq!(filled("a$$b").unwrap(), "a$b");
    for other in ["${C}", "${A:+x}", "${A", "${A:?why}", "${C:-${A}}"] {
        assert_eq!(filled(other), None, "{other}");
    }
}

#[test]
fn what_each_compose_reads_in_its_own_way_is_not_guessed() {
    for text in ["A='\nB=x\n'", "A", "A=\"x"] {
        assert_eq!(Variables::read(text).filled("${B}"), None, "{text}");
    }
    for value in ["a # b", "$OTHER", "a\\b", "'a'b'c'"] {
        let variables = Variables::read(&format!("A={value}"));
        assert_eq!(variables.filled("${A}"), None, "{value}");
    }
    assert_eq!(Variables::default().filled("plain").unwrap(), "plain");
}
