#![allow(clippy::unwrap_used)]

use super::*;
use crate::state;

#[test]
fn one_at_a_time_tells_of_one_target() {
    let folder = tempfile::tempdir().unwrap();
    let place = state::StateLocation::choose(Some(&folder.path().join("state"))).unwrap();
    let state = StateFolder::open(&place).unwrap();
    let first = NotifierLease::take(&state, "shop/production")
        .unwrap()
        .unwrap();
    assert!(
        NotifierLease::take(&state, "shop/production")
            .unwrap()
            .is_none()
    );
    assert!(
        NotifierLease::take(&state, "shop/preprod")
            .unwrap()
            .is_some()
    );
    drop(first);
    assert!(
        NotifierLease::take(&state, "shop/production")
            .unwrap()
            .is_some()
    );
}
