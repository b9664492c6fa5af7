#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::scripted_run::Played;

/// Journals a run to its end.
fn run(journal: &mut Journal, id: &'static str) {
    let events = Played::new(id, "1", "2").events();
    let bytes: Vec<_> = events
        .iter()
        .map(|event| serde_json::to_vec(event).unwrap())
        .collect();
    journal.append("shop", id, &bytes).unwrap();
}

fn ids(history: &History) -> Vec<&str> {
    history.runs.iter().map(|run| run.id()).collect()
}

#[test]
fn what_was_written_since_a_past_was_read_counts() {
    let folder = tempfile::tempdir().unwrap();
    let place = StateLocation::choose(Some(&folder.path().join("state"))).unwrap();
    let state = StateFolder::open(&place).unwrap();
    let before_all = HistoryUntil::read(&state, "shop").unwrap();
    let mut journal = Journal::open(&state).unwrap();
    let nothing = before_all.until_now(journal.history(), "shop").unwrap();
    assert!(nothing.runs.is_empty());

    let before_first = HistoryUntil::read(&state, "shop").unwrap();
    run(&mut journal, "first");
    let since = before_first.until_now(journal.history(), "shop").unwrap();
    assert_eq!(ids(&since), ["first"]);

    let read = HistoryUntil::read(&state, "shop").unwrap();
    assert_eq!(ids(&read.history), ["first"]);
    // Another target's events are not this one's.
    journal
        .append("other", "elsewhere", &[b"{}".to_vec()])
        .unwrap();
    let same = read.until_now(journal.history(), "shop").unwrap();
    assert_eq!(ids(&same), ["first"]);
}
