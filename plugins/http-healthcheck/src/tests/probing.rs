//! When to look again, and when enough was seen.

use super::*;

fn probe(attempts: u32, consecutive: u32, start: u64) -> ProbeCounter {
    ProbeCounter::new(&config(json!({
        "attempts": attempts, "consecutive": consecutive, "start_period": format!("{start}s"),
    })))
}

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const AGAIN: ProbeDecision = ProbeDecision::Again {
    after: Duration::from_secs(5),
};
const SOON: ProbeDecision = ProbeDecision::Again {
    after: Duration::from_secs(1),
};

#[test]
fn one_good_answer_is_made_sure_of() {
    let mut probe = probe(10, 2, 30);
    assert_eq!(probe.record(at(0), true), SOON);
    assert_eq!(probe.record(at(1), true), ProbeDecision::Passed);
}

#[test]
fn one_may_be_enough() {
    assert_eq!(probe(10, 1, 30).record(at(0), true), ProbeDecision::Passed);
}

#[test]
fn bad_answers_in_the_start_period_do_not_count() {
    let mut probe = probe(2, 1, 30);
    for second in [0, 10, 20, 29] {
        assert_eq!(probe.record(at(second), false), AGAIN);
    }
    assert_eq!(probe.bad(), 0);
    assert_eq!(probe.record(at(30), false), AGAIN);
    assert_eq!(probe.record(at(35), false), ProbeDecision::Failed);
}

#[test]
fn without_a_start_period_the_first_bad_answer_counts() {
    assert_eq!(probe(1, 1, 0).record(at(0), false), ProbeDecision::Failed);
}

#[test]
fn a_service_that_flaps_fails() {
    let mut probe = probe(3, 2, 0);
    for _ in 0..2 {
        assert_eq!(probe.record(at(1), true), SOON);
        assert_eq!(probe.record(at(2), false), AGAIN);
    }
    assert_eq!(probe.record(at(3), true), SOON);
    assert_eq!(probe.record(at(4), false), ProbeDecision::Failed);
    assert_eq!(probe.sent(), 6);
}

#[test]
fn a_late_good_answer_is_still_made_sure_of() {
    let mut probe = probe(2, 2, 0);
    assert_eq!(probe.record(at(0), false), AGAIN);
    assert_eq!(probe.record(at(5), true), SOON);
    assert_eq!(probe.record(at(6), true), ProbeDecision::Passed);
}

#[test]
fn a_short_interval_is_kept_when_making_sure() {
    let mut probe = ProbeCounter::new(&config(json!({"interval": "200ms"})));
    let next = probe.record(at(0), true);
    assert_eq!(
        next,
        ProbeDecision::Again {
            after: Duration::from_millis(200)
        }
    );
}
