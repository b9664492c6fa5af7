#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;

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
        (CommandErrorKind::Refused, 2),
        (CommandErrorKind::Locked, 75),
        (CommandErrorKind::Host, 1),
    ] {
        assert_eq!(
            CommandError::new(kind, Diagnostic::new("test.it", "it")).exit_code(),
            code
        );
    }
}

#[test]
fn an_error_reads_what_where_what_to_do() {
    let error = CommandError::refused("host.problem", "unknown key nmae");
    assert_eq!(error.to_string(), "unknown key nmae");
    let error = error.help("did you mean name?");
    assert_eq!(error.to_string(), "unknown key nmae — did you mean name?");
    let error = error
        .at(Location::path(Path::new("plan.toml")))
        .note("below");
    assert_eq!(
        error.to_string(),
        "unknown key nmae — plan.toml — did you mean name?"
    );
    assert_eq!(error.diagnostic.notes, ["below"]);
}
