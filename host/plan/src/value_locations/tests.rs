use super::*;

#[test]
fn what_was_given_hides_what_was_written() {
    let source = Arc::new(SourceText::new("p", "a\nb\nc\n"));
    let spot = |at| Span { key: at, value: at };
    let spots = [("", 0), ("/x", 2), ("/x/y", 4)].map(|(p, at)| (p.to_owned(), spot(at)));
    let mut locations = ValueLocations::written("code", source, spots.into());
    assert_eq!(locations.locate_value("/x/y").to_string(), "p:3:1");
    assert_eq!(locations.locate_value("/x/y/z").to_string(), "p:3:1");
    locations.give("/x", "--set code.x".into());
    assert_eq!(locations.locate_value("/x/y").to_string(), "--set code.x");
    assert_eq!(locations.locate_value("/w").to_string(), "p:1:1");
    assert_eq!(locations.locate_value("w").to_string(), "p:1:1");
    let journaled = ValueLocations::journaled("code")
        .locate_value("/x/y")
        .to_string();
    assert_eq!(journaled, "code.x.y in the journal's plan");
}
