//! The transition table: every pair of status and event is either listed here or illegal.

use deployhost_engine::{EventKind, Status};
use deployhost_engine::{EventKind as K, Status as S};

/// The events that are legal in a status, beside the ones that every open or any run allows.
fn moves(status: Status) -> Vec<(EventKind, Status)> {
    match status {
        S::New => vec![(K::Opened, S::Opened)],
        S::Opened => vec![
            (K::Planning, S::Planning),
            (K::Confirmed, S::Confirmed),
            (K::Declined, S::Closing),
            (K::Refused, S::Closing),
            (K::Started, S::Forward),
        ],
        S::Planning => vec![
            (K::Planning, S::Planning),
            (K::Proposed, S::Opened),
            (K::Failed, S::Opened),
            (K::Refused, S::Closing),
        ],
        S::Confirmed => vec![(K::Refused, S::Closing), (K::Started, S::Forward)],
        S::Forward => vec![
            (K::Planning, S::Replanning),
            (K::Applying, S::Applying),
            (K::Verifying, S::Verifying),
            (K::RollingBack, S::Backward),
        ],
        S::Replanning => vec![
            (K::Planning, S::Replanning),
            (K::Reproposed, S::Forward),
            (K::Failed, S::Forward),
            (K::RollingBack, S::Backward),
        ],
        S::Applying => vec![
            (K::Applying, S::Applying),
            (K::Effect, S::Applying),
            (K::Applied, S::Forward),
            (K::Failed, S::Forward),
            (K::RollingBack, S::Backward),
        ],
        S::Verifying => vec![
            (K::Verifying, S::Verifying),
            (K::Effect, S::Verifying),
            (K::Verified, S::Forward),
            (K::Failed, S::Forward),
            (K::RollingBack, S::Backward),
        ],
        S::Backward => vec![
            (K::Undoing, S::Undoing),
            (K::Applying, S::Reapplying),
            (K::Verifying, S::Reverifying),
        ],
        S::Undoing => vec![
            (K::Undoing, S::Undoing),
            (K::Effect, S::Undoing),
            (K::Undone, S::Backward),
            (K::Failed, S::Backward),
        ],
        S::Reapplying => vec![
            (K::Applying, S::Reapplying),
            (K::Effect, S::Reapplying),
            (K::Applied, S::Backward),
            (K::Failed, S::Backward),
        ],
        S::Reverifying => vec![
            (K::Verifying, S::Reverifying),
            (K::Effect, S::Reverifying),
            (K::Verified, S::Backward),
            (K::Failed, S::Backward),
        ],
        S::Closing | S::Ended => vec![],
    }
}

fn expected(status: Status, kind: EventKind) -> Option<Status> {
    let told = [K::Log, K::Progress, K::Notified, K::Note];
    if status != S::New && told.contains(&kind) {
        return Some(status);
    }
    if ![S::New, S::Ended].contains(&status) {
        match kind {
            K::Stopping => return Some(status),
            K::Ended => return Some(S::Ended),
            _ => {}
        }
    }
    let listed = moves(status);
    listed
        .iter()
        .find(|(own, _)| *own == kind)
        .map(|(_, next)| *next)
}

#[test]
fn every_pair_is_listed_or_illegal() {
    assert_eq!((Status::ALL.len(), EventKind::ALL.len()), (14, 23));
    for status in Status::ALL {
        for kind in EventKind::ALL {
            assert_eq!(
                status.after(*kind),
                expected(*status, *kind),
                "{status:?} {kind:?}"
            );
        }
    }
}

#[test]
fn a_call_is_under_way_exactly_where_a_failure_is_legal() {
    for status in Status::ALL {
        assert_eq!(
            status.in_flight(),
            status.after(EventKind::Failed).is_some(),
            "{status:?}"
        );
    }
}

#[test]
fn every_status_is_reached_and_all_but_the_last_can_end() {
    let mut reached = vec![Status::New];
    let mut at = 0;
    while let Some(status) = reached.get(at).copied() {
        for kind in EventKind::ALL {
            reached.extend(status.after(*kind).filter(|next| !reached.contains(next)));
        }
        at += 1;
    }
    assert_eq!(reached.len(), Status::ALL.len());
    for status in &reached {
        let can_end = status.after(EventKind::Ended).is_some();
        assert_eq!(
            can_end,
            ![Status::New, Status::Ended].contains(status),
            "{status:?}"
        );
    }
}
