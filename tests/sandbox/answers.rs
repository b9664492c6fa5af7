//! What a plugin returns is held to its size and to our words before anybody reads it.

use deployhost::convert::{self, CallResult};
use deployhost_runtime::sandbox::{CallError, Failure};

use super::yard::Yard;

fn huge(trick: &str, bytes: usize) -> String {
    format!(r#"{{"do": "{trick}", "n": {bytes}}}"#)
}

/// Why a receipt was not taken.
fn refused(config: &str) -> String {
    match convert::receipt(Yard::default().apply(config)) {
        CallResult::Failed(problem) => problem.message,
        _ => panic!("{config} was taken"),
    }
}

/// Why a proposal was not taken.
fn unplanned(config: &str) -> String {
    match convert::proposal(Yard::default().plan(config)) {
        CallResult::Failed(problem) => problem.message,
        _ => panic!("{config} was taken"),
    }
}

#[test]
fn results_are_256_kib_at_most() {
    let yard = Yard::default();
    let most = 256 * 1024;
    for trick in ["huge-summary", "huge-pin", "huge-evidence", "huge-failure"] {
        assert!(yard.apply(&huge(trick, most)).is_ok(), "{trick}");
        for bytes in [most + 1, 4 << 20] {
            let fault = yard.fault(&huge(trick, bytes));
            assert_eq!(
                fault,
                CallError::TooMuch(format!("it returned {bytes} bytes, 262144 are allowed")),
                "{trick}"
            );
        }
        assert!(yard.plan(&huge(trick, most + 1)).is_err(), "{trick}");
    }
    assert!(yard.undo(&huge("huge-failure", most)).is_ok());
    assert!(yard.undo(&huge("huge-failure", most + 1)).is_err());
    assert!(yard.check(&huge("huge-summary", most - 3)).is_ok());
    assert!(yard.check(&huge("huge-summary", most + 1)).is_err());
}

#[test]
fn more_than_a_call_carries_is_a_fault_and_not_ours() {
    let fault = Yard::default().fault(&huge("huge-summary", 20 << 20));
    assert!(matches!(fault, CallError::TooMuch(_)), "{fault:?}");
}

#[test]
fn outputs_are_json_of_64_kib_at_most() {
    let most = 64 * 1024 - "tree".len() - 2;
    let taken = Yard::default().apply(&huge("huge-output", most));
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
    let CallResult::Receipt(receipt) = convert::receipt(Yard::default().apply(config)) else {
        panic!()
    };
    assert_eq!(receipt.summary, "up [2Jdate  gnp ");
}

#[test]
fn a_failure_is_one_line_and_hints() {
    let config = r#"{"do": "fail", "text": "no\n\nhint one\nhint\u001btwo"}"#;
    let said = Yard::default().apply(config);
    assert!(matches!(&said, Ok(Err(Failure::Permanent(_)))));
    let CallResult::Failed(problem) = convert::receipt(said) else {
        panic!()
    };
    assert_eq!(problem.message, "no");
    assert_eq!(problem.hints, ["hint one", "hint two"]);
}
