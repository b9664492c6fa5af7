use super::*;

#[test]
fn a_panic_says_where_it_was() {
    let here = Location::caller();
    let said = told(Some(here));
    assert!(said.contains("crash.rs"), "{said}");
    assert!(said.starts_with("error: "), "{said}");
}
