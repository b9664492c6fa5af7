use super::*;

#[test]
fn an_offset_is_a_line_and_a_column_of_characters() {
    let source = Source::new("p.toml", "é = 1\r\n\tb = 2\n");
    for (offset, place) in [
        (0, "p.toml:1:1"),
        (3, "p.toml:1:3"),
        (8, "p.toml:2:1"),
        (9, "p.toml:2:2"),
        (14, "p.toml:2:7"),
        (15, "p.toml:3:1"),
        (999, "p.toml:3:1"),
    ] {
        assert_eq!(source.place(offset).to_string(), place, "{offset}");
    }
    assert_eq!(Source::new("", "").place(0).to_string(), ":1:1");
}

#[test]
fn what_was_given_hides_what_was_written() {
    let source = Arc::new(Source::new("p", "a\nb\nc\n"));
    let spot = |at| Span { key: at, value: at };
    let spots = [("", 0), ("/x", 2), ("/x/y", 4)].map(|(p, at)| (p.to_owned(), spot(at)));
    let mut places = ValueLocations::written("code", source, spots.into());
    assert_eq!(places.of("/x/y").to_string(), "p:3:1");
    assert_eq!(places.of("/x/y/z").to_string(), "p:3:1");
    places.give("/x", "--set code.x".into());
    assert_eq!(places.of("/x/y").to_string(), "--set code.x");
    assert_eq!(places.of("/w").to_string(), "p:1:1");
    assert_eq!(places.of("w").to_string(), "p:1:1");
    let journaled = ValueLocations::journaled("code").of("/x/y").to_string();
    assert_eq!(journaled, "code.x.y in the journal's plan");
}
