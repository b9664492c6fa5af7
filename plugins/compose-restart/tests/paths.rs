//! Paths of a work tree.

use compose_restart::project_state::relative;

#[test]
fn a_folder_holds_what_is_below_it_and_not_its_namesakes() {
    assert_eq!(relative("/srv/app", "/srv/app/target"), Some("target"));
    assert_eq!(relative("/srv/app/", "/srv/app/target"), Some("target"));
    assert_eq!(relative("/srv/app", "/srv/app"), Some(""));
    assert_eq!(relative("/srv/app", "/srv/app2/target"), None);
    assert_eq!(relative("/srv/app", "/etc"), None);
}
