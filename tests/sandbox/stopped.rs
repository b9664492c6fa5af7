//! A run that is being stopped ends its call: the plugin does where it listens, the sandbox where not.

use std::time::Duration;

use deployhost_runtime::sandbox::{CallError, Failure};

use super::plugin_harness::PluginHarness;

#[test]
fn a_sleep_ends() {
    let harness = PluginHarness::default();
    harness.stop_after(200);
    let answer = harness.apply(r#"{"do": "sleep", "n": 25000}"#).unwrap();
    assert!(
        matches!(&answer, Err(Failure::Permanent(why)) if why.message == "stopped"),
        "{answer:?}"
    );
}

#[test]
fn one_that_does_not_listen_is_ended() {
    let mut harness = PluginHarness::default();
    harness.limits.cpu = Duration::from_secs(60);
    harness.stop_after(200);
    assert_eq!(harness.fault(r#"{"do": "deaf"}"#), CallError::Stopped);
}

#[test]
fn one_that_computes_is_ended() {
    let mut harness = PluginHarness::default();
    harness.limits.cpu = Duration::from_secs(60);
    harness.stop_after(0);
    assert_eq!(harness.fault(r#"{"do": "loop"}"#), CallError::Stopped);
}
