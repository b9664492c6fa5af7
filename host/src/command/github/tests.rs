#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

#[test]
fn an_error_is_shown_at_its_place() {
    let error = Error::refused("unknown key nmae").cure("did you mean name?");
    assert_eq!(
        annotation(&error.clone().at("/etc/a,b.toml:3:14"), "refused"),
        "::error file=/etc/a%2Cb.toml,line=3,col=14,title=deployhost%3A refused\
             ::unknown key nmae — /etc/a,b.toml:3:14 — did you mean name?"
    );
    for place in ["--set code.ref", "step app", "a:b:c", "/x:1", "/x::2"] {
        let said = annotation(&error.clone().at(place).hint("below\nit"), "refused");
        assert!(
            said.starts_with("::error title=deployhost%3A refused::"),
            "{said}"
        );
        assert!(said.ends_with("%0Abelow%0Ait"), "{said}");
    }
}

#[test]
fn every_line_of_a_secret_is_struck_out() {
    assert_eq!(masks("50%:x"), "::add-mask::50%25:x");
    assert_eq!(
        masks("first\nsecond\n\n"),
        "::add-mask::first%0Asecond%0A%0A\n::add-mask::first\n::add-mask::second"
    );
}
