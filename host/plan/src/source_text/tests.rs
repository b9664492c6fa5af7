use super::*;

#[test]
fn an_offset_is_a_line_and_a_column_of_characters() {
    let source = SourceText::new("p.toml", "é = 1\r\n\tb = 2\n");
    for (offset, location) in [
        (0, "p.toml:1:1"),
        (3, "p.toml:1:3"),
        (8, "p.toml:2:1"),
        (9, "p.toml:2:2"),
        (14, "p.toml:2:7"),
        (15, "p.toml:3:1"),
        (999, "p.toml:3:1"),
    ] {
        assert_eq!(source.locate(offset).to_string(), location, "{offset}");
    }
    assert_eq!(SourceText::new("", "").locate(0).to_string(), ":1:1");
}
