//! What a plugin returns is held to its size and to our words before anybody reads it.

use deployhost::convert::{self, CallResult};
use deployhost_runtime::sandbox::{CallError, Failure};

use super::plugin_harness::PluginHarness;

fn huge(trick: &str, bytes: usize) -> String {
    format!(r#"{{"do": "{trick}", "n": {bytes}}}"#)
}

/// Why a receipt was not taken.
fn refused(config: &str) -> String {
    match convert::receipt(PluginHarness::default().apply(config)) {
        CallResult::Failed { problem, .. } => problem.message,
        _ => panic!("{config} was taken"),
    }
}

/// Why a proposal was not taken.
fn unplanned(config: &str) -> String {
    match convert::proposal(PluginHarness::default().plan(config)) {
        CallResult::Failed { problem, .. } => problem.message,
        _ => panic!("{config} was taken"),
    }
}

#[test]
fn results_are_256_kib_at_most() {
    let harness = PluginHarness::default();
    let most = 256 * 1024;
    for trick in ["huge-summary", "huge-pin", "huge-evidence", "huge-failure"] {
        assert!(harness.apply(&huge(trick, most)).is_ok(), "{trick}");
        for bytes in [most + 1, 4 << 20] {
            let fault = harness.fault(&huge(trick, bytes));
            assert_eq!(
                fault,
                CallError::TooMuch(format!("it returned {bytes} bytes, 262144 are allowed")),
                "{trick}"
            );
        }
        assert!(harness.plan(&huge(trick, most + 1)).is_err(), "{trick}");
    }
    assert!(harness.undo(&huge("huge-failure", most)).is_ok());
    assert!(harness.undo(&huge("huge-failure", most + 1)).is_err());
    assert!(harness.check(&huge("huge-summary", most - 3)).is_ok());
    assert!(harness.check(&huge("huge-summary", most + 1)).is_err());
}

#[test]
fn more_than_a_call_carries_is_a_fault_and_not_ours() {
    let fault = PluginHarness::default().fault(&huge("huge-summary", 20 << 20));
    assert!(matches!(fault, CallError::TooMuch(_)), "{fault:?}");
}

#[test]
fn outputs_are_json_of_64_kib_at_most() {
    let most = 64 * 1024 - "tree".len() - 2;
    let taken = PluginHarness::default().apply(&huge("huge-output", most));
    assert!(matches!(convert::receipt(taken), CallResult::Receipt(_)));
    let why = "the plugin's outputs are 65537 bytes, 64 KiB are allowed";
    assert_eq!(refused(&huge("huge-output", most + 1)), why);
    assert_eq!(unplanned(&huge("huge-output", most + 1)), why);
    let why = "the plugin's output \"tree\" is no JSON";
    assert_eq!(refused(r#"{"do": "no-json"}"#), why);
    assert_eq!(unplanned(r#"{"do": "no-json"}"#), why);
}

#[test]
fn evidence_is_a_word_of_ours() {
    assert_eq!(
        refused(r#"{"do": "bad-evidence"}"#),
        "the plugin reported the evidence \"certain\", which is none of ours"
    );
    let long = refused(&huge("huge-evidence", 1000));
    assert!(long.len() < 200, "{} bytes of it", long.len());
}

#[test]
fn a_fault_is_the_steps_failure() {
    assert!(refused(r#"{"do": "trap"}"#).starts_with("it crashed: "));
}

#[test]
fn what_people_read_moves_no_cursor() {
    let config = r#"{"do": "say", "text": "up\u001b[2Jdate\r\u202egnp\u0007"}"#;
    let CallResult::Receipt(receipt) = convert::receipt(PluginHarness::default().apply(config))
    else {
        panic!()
    };
    assert_eq!(receipt.summary, "up [2Jdate  gnp ");
}

#[test]
fn a_failure_is_one_line_and_notes() {
    let config = r#"{"do": "fail", "text": "no\n\nnote one\nnote\u001btwo"}"#;
    let output = PluginHarness::default().apply(config);
    assert!(matches!(&output, Ok(Err(Failure::Permanent(_)))));
    let CallResult::Failed { problem, temporary } = convert::receipt(output) else {
        panic!()
    };
    assert_eq!(problem.message, "no");
    assert_eq!(problem.notes, ["note one", "note two"]);
    assert!(!temporary);
}
