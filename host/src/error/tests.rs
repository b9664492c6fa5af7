#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

#[test]
fn every_outcome_has_its_exit_code() {
    let codes = [
        (Outcome::Succeeded, 0),
        (Outcome::Unchanged, 0),
        (Outcome::Refused, 2),
        (Outcome::Failed, 3),
        (Outcome::RolledBack, 4),
        (Outcome::NeedsOperator, 5),
        (Outcome::Cancelled, 6),
        (Outcome::Interrupted, 1),
        (Outcome::Planned, 0),
    ];
    assert_eq!(codes.map(|(outcome, _)| outcome), Outcome::ALL);
    for (outcome, code) in codes {
        assert_eq!(exit_code(outcome, None), code, "{outcome}");
    }
}

#[test]
fn a_signal_has_the_last_word() {
    for outcome in Outcome::ALL {
        assert_eq!(exit_code(outcome, Some(2)), 130);
        assert_eq!(exit_code(outcome, Some(15)), 143);
    }
    // No shell knows these; none of them may read as success.
    assert_eq!(exit_code(Outcome::Succeeded, Some(200)), 255);
}

#[test]
fn every_error_has_its_exit_code() {
    for (kind, code) in [
        (Kind::Refused, 2),
        (Kind::Locked, 75),
        (Kind::Output, 1),
        (Kind::Host, 1),
    ] {
        assert_eq!(Error::new(kind, "it").exit_code(), code);
    }
}

#[test]
fn an_error_reads_what_where_what_to_do() {
    let error = Error::refused("unknown key nmae");
    assert_eq!(error.to_string(), "unknown key nmae");
    let error = error.cure("did you mean name?");
    assert_eq!(error.to_string(), "unknown key nmae — did you mean name?");
    let error = error.at("plan.toml:3:1").hint("below");
    assert_eq!(
        error.to_string(),
        "unknown key nmae — plan.toml:3:1 — did you mean name?"
    );
    assert_eq!(error.hints, ["below"]);
}
