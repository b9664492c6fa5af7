//! Many random runs, each checked against rules that are written here a second time, over the
//! journal alone.
//!
//! The host of this model is hostile: steps fail, for now or for good, signals come at any point,
//! the process dies at any point and goes on from what the journal holds, and events that nobody
//! asked for are offered and must be turned down.

#![allow(clippy::unwrap_used)]

mod chance;
mod check;
mod host;
mod run_facts;

use check::check;
use deployhost_engine::{Event, Outcome, Run};
use host::{Host, through_json};
use std::collections::BTreeMap;

const RUNS: u64 = 24_000;

/// Cut off after any event, a journal leads to what came next then, and may be called interrupted.
fn check_prefixes(host: &mut Host, every: bool) {
    let events = match every {
        true => through_json(&host.journal),
        false => host.journal.clone(),
    };
    assert_eq!(events, host.journal);
    let cuts: Vec<usize> = match every {
        true => (1..=events.len()).collect(),
        false => (0..2)
            .map(|_| 1 + host.chance.below(events.len() as u64) as usize)
            .collect(),
    };
    for cut in cuts {
        let mut run = Run::replay(&events[..cut]).unwrap();
        assert_eq!(run.next(), host.nexts[cut - 1], "after {cut} events");
        let ended = run.ended().is_some();
        let interrupted = Event::Ended {
            outcome: Outcome::Interrupted,
            evidence: None,
            problem: None,
        };
        assert_eq!(run.record(&interrupted).is_err(), ended);
    }
}

#[test]
fn no_run_claims_what_its_journal_does_not_show() {
    let mut outcomes: BTreeMap<&str, u32> = BTreeMap::new();
    let (mut events, mut crashes, mut stops) = (0, 0, 0);
    for seed in 0..RUNS {
        let mut host = Host::new(seed);
        let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            host.play();
            check_prefixes(&mut host, seed % 16 == 0);
            check(&host.journal, host.crashes > 0)
        }));
        let Ok(outcome) = played else {
            panic!("seed {seed}: {:#?}", host.journal);
        };
        *outcomes.entry(outcome.as_str()).or_default() += 1;
        events += host.journal.len();
        crashes += host.crashes;
        stops += u32::from(host.run.signal().is_some());
    }
    let seen = format!("{events} events, {crashes} crashes, {stops} stopped: {outcomes:?}");
    for outcome in Outcome::ALL {
        let count = outcomes.get(outcome.as_str()).copied().unwrap_or_default();
        let often = outcome == Outcome::Interrupted || count > 100;
        assert!(often, "{outcome} is too rare to be tested: {seen}");
    }
    assert!(crashes > 10_000 && stops > 2000, "{seen}");
}
