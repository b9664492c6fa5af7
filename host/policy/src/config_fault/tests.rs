use super::*;

#[test]
fn a_pointer_is_read_as_its_author_would_say_it() {
    let pointer = extend_pointer(&extend_pointer("", "a/b~c"), "0");
    assert_eq!(pointer, "/a~1b~0c/0");
    assert_eq!(spell_pointer(&pointer), "config.a/b~c[0]");
    assert_eq!(spell_pointer(""), "config");
}

#[test]
fn a_fault_of_a_value_begins_with_it() {
    let fault = ConfigFault::at_value("/a/1", Diagnostic::new("config.invalid", "no").help("yes"));
    assert_eq!(fault.diagnostic.to_string(), "config.a[1]: no — yes");
    assert_eq!((fault.pointer.as_str(), fault.key), ("/a/1", false));
}
