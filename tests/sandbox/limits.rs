//! Time, memory, stack, tables, log: each bounded, each named when it was too little.

use std::time::Duration;

use deployhost_runtime::sandbox::CallError;

use super::patch;
use super::plugin_harness::{PluginHarness, bytes, load};

const MIB: usize = 1 << 20;

#[test]
fn a_loop_ends_at_its_computing_time() {
    let budget = Duration::from_millis(200);
    let fault = PluginHarness::computing(200).fault(r#"{"do": "loop"}"#);
    assert_eq!(fault, CallError::Cpu(budget));
    let output = CallError::Cpu(budget).to_string();
    assert_eq!(output, "it computed for over 200 ms and was stopped");
}

#[test]
fn planning_and_undoing_are_bounded_too() {
    let limit = CallError::Cpu(Duration::from_millis(50));
    let (harness, config) = (PluginHarness::computing(50), r#"{"do": "loop"}"#);
    assert_eq!(harness.plan(config).unwrap_err(), limit);
    assert_eq!(harness.undo(config).unwrap_err(), limit);
    // A check has a second, whatever the plan allows.
    let fault = harness.check(config).unwrap_err();
    assert_eq!(fault, CallError::Cpu(Duration::from_secs(1)));
}

#[test]
fn waiting_is_not_computing() {
    for config in [
        r#"{"do": "sleep", "n": 3000}"#,
        r#"{"do": "many-sleeps", "n": 100}"#,
    ] {
        assert_eq!(PluginHarness::computing(200).says(config), "slept");
    }
}

#[test]
fn a_call_that_does_not_end_is_ended() {
    let mut harness = PluginHarness::default();
    harness.limits.wall = Duration::from_millis(300);
    for config in [
        r#"{"do": "sleep", "n": 60000}"#,
        r#"{"do": "deaf"}"#,
        // Computing, within its time for that.
        r#"{"do": "loop"}"#,
    ] {
        assert_eq!(harness.fault(config), CallError::Wall(harness.limits.wall));
    }
}

#[test]
fn a_recursion_ends_with_its_stack() {
    let fault = PluginHarness::default().fault(r#"{"do": "recurse"}"#);
    let what = "it crashed: wasm trap: call stack exhausted";
    assert_eq!(fault.to_string(), what);
    // Large frames are in its memory, whose lower end it cannot cross.
    let fault = PluginHarness::default().fault(r#"{"do": "recurse-wide"}"#);
    let what = "it crashed: wasm trap: out of bounds memory access";
    assert_eq!(fault.to_string(), what);
}

#[test]
fn a_crash_is_named_and_the_log_says_why() {
    let harness = PluginHarness::default();
    let fault = harness.fault(r#"{"do": "trap"}"#);
    assert!(matches!(fault, CallError::Trap(_)), "{fault:?}");
    assert!(fault.to_string().starts_with("it crashed: "), "{fault}");
    let (level, line) = harness.lines().remove(0);
    assert_eq!(level, "error");
    assert!(line.starts_with("the plugin panicked at "), "{line}");
    assert!(line.ends_with(": the cage is open"), "{line}");
}

#[test]
fn memory_ends_at_its_limit() {
    let mut harness = PluginHarness::default();
    for limit in [16, 64] {
        harness.limits.memory = limit * MIB;
        let fault = harness.fault(r#"{"do": "grow"}"#);
        let CallError::Memory(what) = &fault else {
            panic!("{fault:?}")
        };
        let asked: usize = what
            .strip_prefix("asked for ")
            .and_then(|rest| rest.strip_suffix(" MiB of memory"))
            .unwrap()
            .parse()
            .unwrap();
        // It grew by about a MiB at a time, so this is the first that was too much.
        assert!((limit..limit + 3).contains(&asked), "{what}");
    }
    // One that can do without it goes on.
    assert_eq!(harness.says(r#"{"do": "ask", "n": 32}"#), "granted");
    assert_eq!(harness.says(r#"{"do": "ask", "n": 64}"#), "refused");
    assert_eq!(harness.says(r#"{"do": "ask", "n": 2048}"#), "refused");
}

#[test]
fn memories_are_summed() {
    // 25 MiB each, none of them over the limit.
    assert!(load(&patch::memories(bytes(), 400, 2)).is_ok());
    let refused = load(&patch::memories(bytes(), 400, 3)).err().unwrap();
    assert!(
        refused.contains("it cannot describe itself: it asked for 25 MiB of memory"),
        "{refused}"
    );
    assert!(load(&patch::memories(bytes(), 1, 40)).is_err());
}

#[test]
fn tables_are_summed() {
    assert!(load(&patch::tables(bytes(), 4_000, 2)).is_ok());
    let refused = load(&patch::tables(bytes(), 4_000, 3)).err().unwrap();
    assert!(
        refused.contains("asked for a table of 4000 elements"),
        "{refused}"
    );
    let refused = load(&patch::tables(bytes(), 10_001, 1)).err().unwrap();
    assert!(
        refused.contains("asked for a table of 10001 elements"),
        "{refused}"
    );
}

#[test]
fn a_log_is_cut_off_once_and_said_to_be() {
    // A line costs a KiB with its end.
    for lines in [1025, 3000] {
        let harness = PluginHarness::default();
        harness.says(&format!(r#"{{"do": "flood-log", "n": {lines}}}"#));
        let mut lines = harness.lines();
        let (level, last) = lines.pop().unwrap();
        assert_eq!(level, "warn");
        assert_eq!(
            last,
            "this call logged over 1 MiB or 10,000 lines; the rest is dropped"
        );
        assert!(
            lines
                .iter()
                .all(|(level, line)| level == "info" && line.len() == 1023)
        );
        assert_eq!(lines.len(), 1024);
    }
}

#[test]
fn a_log_that_is_just_full_has_lost_nothing_and_is_each_calls_own() {
    let harness = PluginHarness::default();
    for calls in 1..3 {
        harness.says(r#"{"do": "flood-log", "n": 1024}"#);
        assert_eq!(harness.lines().len(), 1024 * calls);
    }
    assert!(harness.lines().iter().all(|(level, _)| level == "info"));
}

#[test]
fn a_line_ends_at_8_kib() {
    let harness = PluginHarness::default();
    harness.says(r#"{"do": "long-line", "n": 100000}"#);
    let lines = harness.lines();
    assert_eq!(lines.len(), 1);
    assert_eq!((lines[0].0.as_str(), lines[0].1.len()), ("warn", 8 * 1024));
}

#[test]
fn every_call_begins_afresh() {
    let harness = PluginHarness::default();
    for _ in 0..3 {
        assert_eq!(harness.says(r#"{"do": "count"}"#), "0");
    }
    // Also after one that was cut short in the middle of anything.
    harness.fault(r#"{"do": "grow"}"#);
    assert_eq!(harness.says(r#"{"do": "count"}"#), "0");
}
