#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::scripted_run::{Played, commit, history, row};

fn id(release: Option<Release>) -> Option<String> {
    release.map(|release| release.id)
}

fn pins(release: &Release) -> Vec<&str> {
    release.pins.iter().map(|(_, pin)| pin.as_str()).collect()
}

fn some(id: &str) -> Option<String> {
    Some(id.to_owned())
}

/// Fails, and goes back to a release.
fn failed(id: &'static str, now: &'static str, next: &'static str) -> Played {
    Played {
        fails: &["verify health"],
        ..Played::new(id, now, next)
    }
}

fn unchanged(id: &'static str, now: &'static str) -> Played {
    Played {
        changes: false,
        ..Played::new(id, now, now)
    }
}

fn killed(id: &'static str, now: &'static str, next: &'static str) -> Played {
    Played {
        dies: Some("apply app"),
        ..Played::new(id, now, next)
    }
}

/// A run that was killed, and that a later command has called so.
fn settled_as_interrupted(history: &mut History) {
    let past = history.runs.last_mut().unwrap();
    let event = Event::Ended {
        outcome: Outcome::Interrupted,
        evidence: None,
        problem: None,
    };
    past.run.record(&event).unwrap();
    past.entries.push(JournalEntry {
        at_unix_ms: 99,
        event,
    });
}

#[test]
fn a_target_without_a_past_has_nothing_to_go_back_to() {
    let history = History::default();
    assert_eq!(history.release(), None);
    assert_eq!(history.way_back(), None);
    assert_eq!(history.before(), None);
    assert_eq!(history.commit(), None);
    assert!(history.last_pins().is_empty());
    assert!(!history.unsettled());
    assert!(history.open_run().is_none());
    assert_eq!(history.wanted(None).unwrap_err(), NoRelease::Nothing);
    assert_eq!(
        history.wanted(Some("r1")).unwrap_err(),
        NoRelease::Unknown("r1".into())
    );
}

#[test]
fn only_what_succeeded_is_a_release() {
    let history = history(&[
        Played::new("r1", "v0", "v1"),
        unchanged("r2", "v1"),
        failed("r3", "v1", "v2"),
    ]);
    let ends: Vec<_> = history
        .runs
        .iter()
        .map(|past| past.run.ended().unwrap())
        .collect();
    assert_eq!(
        ends,
        [Outcome::Succeeded, Outcome::Unchanged, Outcome::RolledBack]
    );
    let release = history.release().unwrap();
    assert_eq!(release.id, "r1");
    assert_eq!(pins(&release), ["code@v1", "app@v1"]);
    assert_eq!(id(history.way_back()), some("r1"));
}

#[test]
fn before_anything_succeeded_the_way_back_is_what_the_first_change_found() {
    let refused = Played {
        fails: &["plan code"],
        ..Played::new("r1", "v0", "v1")
    };
    let only_refused = history(std::slice::from_ref(&refused));
    assert_eq!(only_refused.way_back(), None);
    let history = history(&[refused, failed("r2", "v0", "v1"), failed("r3", "v9", "v1")]);
    let found = history.way_back().unwrap();
    assert_eq!(found.id, Release::FOUND);
    assert_eq!(pins(&found), ["code@v0", "app@v0"]);
    assert_eq!(id(history.before()), None);
}

#[test]
fn the_release_before_is_another_one() {
    let one = Played::new("r1", "v0", "v1");
    let two = Played::new("r2", "v1", "v2");
    assert_eq!(
        id(history(std::slice::from_ref(&one)).before()),
        some(Release::FOUND),
        "what the first run found"
    );
    assert_eq!(
        id(history(&[one.clone(), two.clone()]).before()),
        some("r1")
    );
    // The same pins again are the same release: going back to it would change nothing.
    let again = Played::new("r3", "v1", "v2");
    let history = history(&[one, two, again]);
    assert_eq!(id(history.release()), some("r3"));
    assert_eq!(id(history.before()), some("r1"));
}

#[test]
fn rollback_leads_to_the_newest_release_unless_it_stands_on_it() {
    let one = Played::new("r1", "v0", "v1");
    let two = Played::new("r2", "v1", "v2");
    let wanted = |history: &History| history.wanted(None).unwrap().id;
    // It runs the newest release: back means the one before.
    assert_eq!(wanted(&history(&[one.clone(), two.clone()])), "r1");
    assert_eq!(
        wanted(&history(&[one.clone(), two.clone(), unchanged("r3", "v2")])),
        "r1"
    );
    let back = Played {
        release: history(&[one.clone(), two.clone()]).release(),
        ..failed("r3", "v2", "v3")
    };
    assert_eq!(
        wanted(&history(&[one.clone(), two.clone(), back.clone()])),
        "r1"
    );
    // Refused and failed runs have touched nothing.
    let refused = Played {
        fails: &["plan code"],
        ..Played::new("r3", "v2", "v3")
    };
    assert_eq!(wanted(&history(&[one.clone(), two.clone(), refused])), "r1");
    // Where the way back failed, it stands on nothing: back means the newest release.
    let lost = Played {
        fails: &["verify health", "back app"],
        ..back
    };
    let history_lost = history(&[one.clone(), two.clone(), lost]);
    let last = history_lost.runs.last().unwrap();
    assert_eq!(last.run.ended(), Some(Outcome::NeedsOperator));
    assert!(!history_lost.stands_on_release());
    assert_eq!(wanted(&history_lost), "r2");
    // And so it does where the process was killed in the middle.
    let mut killed = history(&[one, two, killed("r3", "v2", "v3")]);
    assert_eq!(wanted(&killed), "r2");
    settled_as_interrupted(&mut killed);
    assert_eq!(wanted(&killed), "r2");
}

#[test]
fn a_release_is_named_by_the_beginning_of_its_run() {
    let history = history(&[
        Played::new("r1", "v0", "v1"),
        Played::new("r2", "v1", "v2"),
        unchanged("u3", "v2"),
    ]);
    assert_eq!(history.wanted(Some("r1")).unwrap().id, "r1");
    assert_eq!(history.wanted(Some("r2")).unwrap().id, "r2");
    assert_eq!(
        history.wanted(Some("r")).unwrap_err(),
        NoRelease::Ambiguous("r".into())
    );
    assert_eq!(
        history.wanted(Some("u3")).unwrap_err(),
        NoRelease::Unknown("u3".into())
    );
}

#[test]
fn a_change_that_nobody_finished_is_unsettled_until_a_run_settles_it() {
    let killed_run = || killed("r2", "v1", "v2");
    let first = || Played::new("r1", "v0", "v1");
    let mut history_ = history(&[first(), killed_run()]);
    assert!(history_.unsettled(), "still open");
    assert_eq!(history_.open_run().unwrap().id(), "r2");
    settled_as_interrupted(&mut history_);
    assert!(history_.unsettled(), "interrupted");
    assert!(history_.open_run().is_none());
    // Neither of these has put anything right.
    for idle in [
        unchanged("r3", "v1"),
        Played {
            fails: &["plan code"],
            ..Played::new("r3", "v1", "v2")
        },
        Played {
            dry_run: true,
            ..Played::new("r3", "v1", "v2")
        },
    ] {
        assert!(history(&[first(), killed_run(), idle]).unsettled());
    }
    for settling in [Played::new("r3", "v1", "v2"), failed("r3", "v1", "v2")] {
        assert!(!history(&[first(), killed_run(), settling]).unsettled());
    }
    // Killed before anything changed.
    let early = Played {
        changes: false,
        ..killed("r2", "v1", "v2")
    };
    let mut events = early.events();
    events.truncate(4);
    let past = RunRecord {
        run: Run::replay(&events).unwrap(),
        entries: Vec::new(),
    };
    assert!(!History { runs: vec![past] }.unsettled());
}

#[test]
fn the_last_pin_is_that_of_the_last_receipt() {
    let one = Played::new("r1", "v0", "v1");
    let half = Played {
        fails: &["apply app"],
        ..Played::new("r2", "v1", "v2")
    };
    let pins = history(&[one.clone(), half.clone()]).last_pins();
    // `code` was brought to v2 and back to what the run found; `app` never got to v2.
    assert_eq!(pins["code"], "code@v1");
    assert_eq!(pins["app"], "app@v1");
    let stuck = Played {
        fails: &["apply app", "back code"],
        ..half
    };
    let pins = history(&[one, stuck]).last_pins();
    assert_eq!(pins["code"], "code@v2");
    assert!(!pins.contains_key("health"), "it gave none");
}

#[test]
fn the_commit_is_the_one_that_is_known_to_run() {
    let one = Played::new("r1", "v0", "v1");
    assert_eq!(
        history(std::slice::from_ref(&one)).commit(),
        Some(commit("v1"))
    );
    let back = Played {
        release: history(std::slice::from_ref(&one)).release(),
        ..failed("r2", "v1", "v2")
    };
    assert_eq!(
        history(&[one.clone(), back.clone()]).commit(),
        Some(commit("v1"))
    );
    // One that did not end well says nothing.
    let lost = Played {
        fails: &["verify health", "back app"],
        ..back
    };
    assert_eq!(history(&[one, lost]).commit(), Some(commit("v1")));
}

#[test]
fn rows_are_read_back_by_run_however_late_they_come() {
    let (one, two) = (Played::new("r1", "v0", "v1"), Played::new("r2", "v1", "v2"));
    let told = Event::Notified {
        notifier: "discord".into(),
        kind: "succeeded".into(),
        ok: true,
        given_up: false,
        problem: None,
        memory: None,
    };
    let mut rows: Vec<JournalRow> = one.events().iter().map(|event| row("r1", event)).collect();
    rows.extend(two.events().iter().map(|event| row("r2", event)));
    rows.push(row("r1", &told));
    let history = History::read(rows).unwrap();
    let ids: Vec<_> = history.runs.iter().map(RunRecord::id).collect();
    assert_eq!(ids, ["r1", "r2"]);
    assert_eq!(history.runs[0].entries.last().unwrap().event, told);
    assert_eq!(history.runs[0].ended_at(), Some(7));
    assert_eq!(id(history.release()), some("r2"));
}

#[test]
fn what_cannot_be_read_back_is_named() {
    let events = Played::new("r1", "v0", "v1").events();
    let mut rows: Vec<JournalRow> = events.iter().map(|event| row("r1", event)).collect();
    rows[2].bytes = b"{\"event\":\"teleported\"}".to_vec();
    let unreadable = History::read(rows.clone()).unwrap_err();
    assert_eq!(unreadable.run, "r1");
    let said = unreadable.to_string();
    assert!(said.starts_with("run r1 cannot be read back: "), "{said}");
    assert!(said.contains("teleported"), "{said}");
    // Readable, and yet it cannot have happened.
    rows.remove(2);
    assert_eq!(History::read(rows).unwrap_err().run, "r1");
}

#[test]
fn a_past_knows_when_it_was() {
    let history = history(&[Played::new("r1", "v0", "v1"), killed("r2", "v1", "v2")]);
    let [one, two] = &history.runs[..] else {
        panic!()
    };
    assert_eq!(one.began_at(), 1000);
    assert_eq!(one.ended_at(), Some(1000 * one.entries.len() as u64));
    assert_eq!(two.began_at(), one.ended_at().unwrap() + 1000);
    assert_eq!(two.ended_at(), None);
    assert!(RunRecord::replay(Vec::new()).unwrap().is_none());
}
