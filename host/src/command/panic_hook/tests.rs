use super::*;

#[test]
fn a_panic_says_where_it_was() {
    let here = Location::caller();
    let said = describe(Some(here));
    assert!(said.contains("panic_hook"), "{said}");
    assert!(said.starts_with("error: "), "{said}");
}
