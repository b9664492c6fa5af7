#![allow(clippy::unwrap_used)]

use super::*;
use crate::history::JournalEntry;
use crate::scripted_run::Played;

/// A run of a plan with two notifiers.
fn run(played: &Played, at_unix_ms: u64, told: &[Event]) -> RunRecord {
    let mut events = played.events();
    if let Some(Event::Opened(spec)) = events.first_mut() {
        spec.plan = r#"{"notifiers": [{"name": "discord"}, {"name": "mail"}]}"#.into();
    }
    events.extend(told.iter().cloned());
    let entries = events
        .into_iter()
        .map(|event| JournalEntry { at_unix_ms, event });
    RunRecord::replay(entries.collect()).unwrap().unwrap()
}

fn notified(notifier: &str, kind: &str, ok: bool, given_up: bool) -> Event {
    Event::Notified {
        notifier: notifier.into(),
        kind: kind.into(),
        ok,
        given_up,
        problem: None,
        memory: ok.then(|| format!("{notifier} {kind}")),
    }
}

fn of(runs: Vec<RunRecord>) -> Vec<(usize, String, Option<String>)> {
    let debts = list_pending(&History { runs });
    let pending = |it: PendingNotification| (it.run, it.notifier, it.memory);
    debts.into_iter().map(pending).collect()
}

fn one() -> Played {
    Played::new("r1", "v0", "v1")
}

#[test]
fn what_was_not_told_is_owed_until_it_is() {
    let (discord, mail) = ("discord".to_owned(), "mail".to_owned());
    let told = |told: &[Event]| of(vec![run(&one(), 7, told)]);
    assert_eq!(
        told(&[]),
        [(0, discord.clone(), None), (0, mail.clone(), None)]
    );
    // Told of the start only, which is where it goes on.
    let started = notified("discord", "started", true, false);
    let failed = notified("discord", "succeeded", false, false);
    let memory = Some("discord started".to_owned());
    assert_eq!(
        told(&[started.clone(), failed.clone()]),
        [(0, discord, memory), (0, mail.clone(), None)]
    );
    let at_last = notified("discord", "succeeded", true, false);
    assert_eq!(told(&[started, failed, at_last]), [(0, mail, None)]);
}

#[test]
fn one_that_was_given_up_is_owed_nothing_more() {
    let gone = notified("discord", "started", false, true);
    let debts = of(vec![run(&one(), 7, &[gone])]);
    assert_eq!(debts, [(0, "mail".to_owned(), None)]);
}

#[test]
fn only_the_end_of_a_real_run_is_owed() {
    let dry = Played {
        dry_run: true,
        ..one()
    };
    let open = Played {
        dies: Some("apply app"),
        ..one()
    };
    assert_eq!(of(vec![run(&dry, 7, &[]), run(&open, 7, &[])]), []);
}

#[test]
fn a_hundred_runs_are_looked_back() {
    let runs = vec![run(&one(), 7, &[]); MOST_RUNS + 3];
    let debts = of(runs);
    assert_eq!(debts.len(), 2 * MOST_RUNS);
    assert_eq!(debts[0].0, 3);
}

#[test]
fn it_is_told_as_of_when_it_happened() {
    let runs = vec![run(&one(), 5_000, &[]), {
        let killed = Played {
            dies: Some("apply app"),
            ..Played::new("r2", "v1", "v2")
        };
        let mut past = run(&killed, 9_000, &[]);
        let event = Event::Ended {
            outcome: Outcome::Interrupted,
            evidence: None,
            problem: None,
        };
        past.run.record(&event).unwrap();
        past.entries.push(JournalEntry {
            at_unix_ms: 99_000,
            event,
        });
        past
    }];
    let history = History { runs };
    let debts = list_pending(&history);
    assert_eq!(debts.len(), 4);
    let first = debts[0].event(&history, None).unwrap();
    assert_eq!(
        (first.kind.as_str(), first.at_unix_ms),
        ("succeeded", 5_000)
    );
    assert!(first.context.previous.is_none());
    let last = debts[3].event(&history, None).unwrap();
    // It was settled much later than it was killed.
    assert_eq!(
        (last.kind.as_str(), last.at_unix_ms),
        ("interrupted", 9_000)
    );
    assert_eq!(last.context.previous.unwrap().id, "v1v1v1");
    let late = ("late".to_owned(), "true".to_owned());
    assert!(last.context.details.contains(&late));
    assert_eq!(last.by_hand, ["put code back", "put app back"]);
}
