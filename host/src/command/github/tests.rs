#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

#[test]
fn an_error_is_shown_at_its_place() {
    let error =
        CommandError::refused("host.problem", "unknown key nmae").help("did you mean name?");
    let text = Location::Text {
        file: "/etc/a,b.toml".into(),
        line: 3,
        column: 14,
    };
    assert_eq!(
        annotation(&error.clone().at(text), "refused"),
        "::error file=/etc/a%2Cb.toml,line=3,col=14,title=deployhost%3A refused\
             ::unknown key nmae — /etc/a,b.toml:3:14 — did you mean name?"
    );
    for location in [
        Location::argument("--set code.ref"),
        Location::entry("app"),
        Location::named("a:3:14"),
        Location::path(Path::new("/x:1:2")),
    ] {
        let said = annotation(&error.clone().at(location).note("below\nit"), "refused");
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
