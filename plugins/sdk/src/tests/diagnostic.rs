//! A diagnostic as people and programs read it.

use crate::Diagnostic;

#[test]
fn people_read_what_where_and_what_to_do_in_one_line() {
    let diagnostic = Diagnostic::new("plan.unknown-key", "unknown key nmae");
    assert_eq!(diagnostic.to_string(), "unknown key nmae");
    let diagnostic = diagnostic.help("did you mean name?");
    assert_eq!(
        diagnostic.to_string(),
        "unknown key nmae — did you mean name?"
    );
    let diagnostic = diagnostic
        .parameter("location", "plan.toml:3:1")
        .parameter("key", "nmae")
        .note("below");
    assert_eq!(
        diagnostic.to_string(),
        "unknown key nmae — plan.toml:3:1 — did you mean name?"
    );
    assert_eq!(diagnostic.notes, ["below"]);
    assert_eq!(diagnostic.value("key"), Some("nmae"));
    assert_eq!(diagnostic.value("keys"), None);
}
